package quorate.lab;

import java.util.ArrayList;
import java.util.List;

/** Takes heap and keeps it. */
final class HeapPressure {
  private static final int CHUNK_BYTES = 1 << 20;

  private final List<byte[]> kept = new ArrayList<>();

  /**
   * Allocates until this share of the heap stays in use after a collection.
   *
   * @return used bytes
   */
  synchronized long fill(int percent) {
    Runtime runtime = Runtime.getRuntime();
    long wanted = runtime.maxMemory() / 100 * percent;
    System.gc();
    while (used(runtime) < wanted) {
      kept.add(new byte[CHUNK_BYTES]);
    }
    return used(runtime);
  }

  private static long used(Runtime runtime) {
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
