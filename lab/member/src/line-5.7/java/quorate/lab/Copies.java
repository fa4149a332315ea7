package quorate.lab;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.PartitionContainer;
import com.hazelcast.map.impl.recordstore.RecordStore;
import com.hazelcast.spi.impl.NodeEngine;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sessions that this member holds a copy of, as owner or as backup: read from its own memory, past
 * every operation, so that no other member and no partition thread is waited for.
 */
final class Copies {
  private final NodeEngine engine;

  Copies(HazelcastInstance hazelcast) {
    engine = ((HazelcastInstanceProxy) hazelcast).getOriginal().node.getNodeEngine();
  }

  /** @return session ids */
  Set<String> ids() {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    Set<String> ids = new TreeSet<>();
    for (PartitionContainer partition : maps.getMapServiceContext().getPartitionContainers()) {
      RecordStore<?> store = partition.getExistingRecordStore(Cluster.SESSIONS);
      if (store != null) {
        store.forEach((key, record) -> ids.add(engine.toObject(key)), true);
      }
    }
    return ids;
  }
}
