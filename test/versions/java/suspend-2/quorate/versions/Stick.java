package quorate.versions;

import com.hazelcast.core.HazelcastInstance;

/** 2.x has one thread that does all work on partitions, and no way to keep it busy from outside: it is suspended. */
final class Stick {
  private Stick() {}

  static void all(HazelcastInstance instance) throws ReflectiveOperationException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().contains("ServiceThread")) {
        // Java 20 refuses it, and a later one will not know it.
        Thread.class.getMethod("suspend").invoke(thread);
      }
    }
  }
}
