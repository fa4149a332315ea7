package quorate.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The end of giving way: a server that boots lets all others run first (host/bin/api-server), one that serves is like them. */
final class Turn {
  private static final Path AUTOGROUP = Path.of("/proc/self/autogroup");
  private static final String USUAL = "0";

  /** A minute: the kernel takes ten such changes a second, of all hosts together, and refuses the others. */
  private static final int TRIES = 1200;

  private static final long PAUSE_MS = 50;

  private Turn() {}

  /** Returns at once: nobody waits for it. */
  static void take() {
    Thread taking = new Thread(Turn::untilTaken, "turn");
    taking.setDaemon(true);
    taking.start();
  }

  private static void untilTaken() {
    for (int n = 0; n < TRIES && Files.isWritable(AUTOGROUP); n++) {
      try {
        Files.writeString(AUTOGROUP, USUAL, StandardOpenOption.WRITE);
        return;
      } catch (IOException | RuntimeException refused) {
        // EAGAIN, which NIO tells as a RuntimeException: "no bytes written".
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
      }
    }
  }
}
