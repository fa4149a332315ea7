package quorate.versions;

import com.hazelcast.core.HazelcastInstance;

/** 2.x has one thread that does all work on partitions, and no way to keep it busy from outside: it is suspended. */
final class Stick {
  private Stick() {}

  // Works up to Java 20.
  @SuppressWarnings({"deprecation", "removal"})
  static void all(HazelcastInstance instance) {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().contains("ServiceThread")) {
        thread.suspend();
      }
    }
  }
}
