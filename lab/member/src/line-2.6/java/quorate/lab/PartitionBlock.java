package quorate.lab;

import com.hazelcast.core.HazelcastInstance;

/**
 * Not to be had in 2.x: one service thread does the work of all partitions and sends the heart-beats as
 * well, so a member whose partitions are stuck is a member that hangs.
 */
final class PartitionBlock {
  private static final String WHY = "Hazelcast 2.x has no partition threads";

  PartitionBlock(HazelcastInstance hazelcast) {}

  long one() {
    throw new UnsupportedOperationException(WHY);
  }

  long all() {
    throw new UnsupportedOperationException(WHY);
  }
}
