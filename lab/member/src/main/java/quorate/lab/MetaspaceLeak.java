package quorate.lab;

import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;

/**
 * The incident's leak: class loaders that are never collected, each with a class of its own, until
 * Metaspace (PermGen then) is full. It goes on for ever, so that whatever is freed is taken again: the
 * member stays a zombie.
 */
final class MetaspaceLeak {
  /** Implemented by each leaked class. Public: a proxy class sees it through another class loader. */
  public interface Leaked {}

  /** Room for a short-lived class to be unloaded; then it is taken. */
  private static final long PAUSE_MS = 20;

  private final Deque<Object> kept = new ArrayDeque<>();
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
      Thread thread = new Thread(this::leak, "metaspace-leak");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void leak() {
    while (true) {
      try {
        kept.add(leakedObject());
      } catch (OutOfMemoryError error) {
        firstTime();
        pause();
      }
    }
  }

  private static Object leakedObject() {
    ClassLoader loader = new URLClassLoader(new URL[0], MetaspaceLeak.class.getClassLoader());
    return Proxy.newProxyInstance(
        loader, new Class<?>[] {Leaked.class, Runnable.class}, (proxy, method, values) -> null);
  }

  /** Nothing here may need a class that is not loaded yet. */
  private void firstTime() {
    if (exhaustedAtMs == 0) {
      exhaustedAtMs = System.currentTimeMillis();
      exhausted.countDown();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }
}
