package quorate.versions;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryBackupProcessor;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.core.IMap;
import com.hazelcast.core.Partition;
import com.hazelcast.core.PartitionService;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** 3.x: an entry processor for each own partition that never returns. The first to reach a thread blocks it. */
final class Stick {
  private static final CountDownLatch ENTERED = new CountDownLatch(1);

  private Stick() {}

  static void all(HazelcastInstance instance) throws InterruptedException {
    IMap<String, String> map = instance.getMap("stick");
    PartitionService partitions = instance.getPartitionService();
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; seen.size() < partitions.getPartitions().size(); i++) {
      Partition partition = partitions.getPartition("key-" + i);
      if (seen.add(partition.getPartitionId()) && partition.getOwner().localMember()) {
        map.submitToKey("key-" + i, new Never());
      }
    }
    ENTERED.await();
  }

  private static final class Never implements EntryProcessor<String, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public Object process(Map.Entry<String, String> entry) {
      ENTERED.countDown();
      while (true) {
        try {
          Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException error) {
          // A deadlock does not listen either.
        }
      }
    }

    @Override
    public EntryBackupProcessor<String, String> getBackupProcessor() {
      return null;
    }
  }
}
