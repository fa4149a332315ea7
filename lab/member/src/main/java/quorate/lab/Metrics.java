package quorate.lab;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;

/** Memory in Prometheus' text format, with Micrometer's names: `jvm_memory_used_bytes{area,id}`. */
final class Metrics {
  private Metrics() {}

  static String text() {
    StringBuilder used = new StringBuilder("# TYPE jvm_memory_used_bytes gauge\n");
    StringBuilder max = new StringBuilder("# TYPE jvm_memory_max_bytes gauge\n");
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      String labels = labels(pool);
      used.append("jvm_memory_used_bytes").append(labels).append(pool.getUsage().getUsed()).append('\n');
      // -1 when a pool has no limit, as Micrometer reports it.
      max.append("jvm_memory_max_bytes").append(labels).append(pool.getUsage().getMax()).append('\n');
    }
    return used.append(max).toString();
  }

  private static String labels(MemoryPoolMXBean pool) {
    String area = pool.getType() == MemoryType.HEAP ? "heap" : "nonheap";
    return "{area=\"" + area + "\",id=\"" + pool.getName() + "\"} ";
  }
}
