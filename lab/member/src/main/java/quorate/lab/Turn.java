package quorate.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The end of giving way: a server that boots lets all others run first (host/bin/api-server), one that serves is like them. */
final class Turn {
  private static final Path AUTOGROUP = Path.of("/proc/self/autogroup");
  private static final String USUAL = "0";

  /** The kernel takes ten such changes a second, of all hosts together, and refuses the others. */
  private static final int TRIES = 100;

  private static final long PAUSE_MS = 50;

  private Turn() {}

  static void take() throws InterruptedException {
    for (int n = 0; n < TRIES && Files.isWritable(AUTOGROUP); n++) {
      try {
        Files.writeString(AUTOGROUP, USUAL, StandardOpenOption.WRITE);
        return;
      } catch (IOException refused) {
        Thread.sleep(PAUSE_MS);
      }
    }
  }
}
