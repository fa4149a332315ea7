package quorate.lab;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import java.io.Serial;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Partition threads that never come back, as after a deadlock in an entry processor: heart-beats and
 * every HTTP endpoint of the member go on, operations on its partitions hang.
 */
final class PartitionBlock {
  private static final String MAP = "partition-block";

  private final HazelcastInstance hazelcast;

  PartitionBlock(HazelcastInstance hazelcast) {
    this.hazelcast = hazelcast;
  }

  /** Blocks the thread of one of this member's own partitions. @return its partition */
  long one() throws InterruptedException {
    return block(1).iterator().next();
  }

  /**
   * Blocks every partition thread: one task for each own partition; the first to reach a thread blocks
   * it, the others wait behind. @return how many partitions were hit
   */
  long all() throws InterruptedException {
    return block(Integer.MAX_VALUE).size();
  }

  private Set<Integer> block(int limit) throws InterruptedException {
    IMap<String, String> map = hazelcast.getMap(MAP);
    PartitionService partitions = hazelcast.getPartitionService();
    int all = partitions.getPartitions().size();
    Set<Integer> seen = new HashSet<>();
    Set<Integer> blocked = new HashSet<>();
    for (int i = 0; seen.size() < all && blocked.size() < limit; i++) {
      String key = "key-" + i;
      Partition partition = partitions.getPartition(key);
      if (seen.add(partition.getPartitionId()) && isOwn(partition)) {
        map.submitToKey(key, new Never());
        blocked.add(partition.getPartitionId());
      }
    }
    Never.ENTERED.await();
    return blocked;
  }

  private boolean isOwn(Partition partition) {
    return partition.getOwner() != null && partition.getOwner().localMember();
  }

  private static final class Never implements EntryProcessor<String, String, Object> {
    @Serial private static final long serialVersionUID = 1L;
    static final CountDownLatch ENTERED = new CountDownLatch(1);
    private static final CountDownLatch FOR_EVER = new CountDownLatch(1);

    @Override
    public Object process(Map.Entry<String, String> entry) {
      ENTERED.countDown();
      while (true) {
        try {
          FOR_EVER.await();
        } catch (InterruptedException error) {
          // A deadlock does not listen either.
        }
      }
    }

    @Override
    public EntryProcessor<String, String, Object> getBackupProcessor() {
      return null;
    }
  }
}
