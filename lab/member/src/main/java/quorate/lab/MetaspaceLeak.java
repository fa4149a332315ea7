package quorate.lab;

import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/**
 * The incident's leak: class loaders that are never collected, each with a class of its own, until
 * Metaspace (PermGen then) is full. It goes on for ever, as the calls of a busy application would: what a
 * collection frees is taken again, and the JVM goes from one full collection to the next.
 *
 * <p>Stopping at the first failure makes a much milder zombie (measured): code that ran before the
 * failure goes on running, so a member that was probed all along answers its probes as if nothing were.
 */
final class MetaspaceLeak {
  /** Implemented by each leaked class. Public: a proxy class sees it through another class loader. */
  public interface Leaked {}

  /** How many of the application's threads leak. */
  private static final int THREADS = 64;

  private final Queue<Object> kept = new ConcurrentLinkedQueue<>();
  private final CountDownLatch exhausted = new CountDownLatch(1);
  private boolean started;
  private volatile long exhaustedAtMs;

  /** @return when the first allocation failed, in ms since the epoch */
  long exhaust() throws InterruptedException {
    start();
    exhausted.await();
    return exhaustedAtMs;
  }

  private synchronized void start() {
    if (!started) {
      started = true;
      for (int i = 0; i < THREADS; i++) {
        Thread thread = new Thread(this::leak, "metaspace-leak-" + i);
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  private void leak() {
    while (true) {
      try {
        kept.add(leakedObject());
      } catch (OutOfMemoryError error) {
        remember();
      }
    }
  }

  private static Object leakedObject() {
    ClassLoader loader = new URLClassLoader(new URL[0], MetaspaceLeak.class.getClassLoader());
    return Proxy.newProxyInstance(
        loader, new Class<?>[] {Leaked.class, Runnable.class}, (proxy, method, values) -> null);
  }

  /** Nothing here may need a class that is not loaded yet. */
  private synchronized void remember() {
    if (exhaustedAtMs == 0) {
      exhaustedAtMs = System.currentTimeMillis();
      exhausted.countDown();
    }
  }
}
