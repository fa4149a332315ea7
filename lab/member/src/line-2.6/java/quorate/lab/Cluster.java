package quorate.lab;

import com.hazelcast.config.Config;
import com.hazelcast.config.Join;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.NetworkConfig;

/**
 * The configuration of the embedded member: 2.6's defaults, except where a line says why. So its REST API
 * is on, with the data of every map, and a member that joins waits 5 s for others.
 */
final class Cluster {
  static final int PORT = 5701;
  static final String SESSIONS = "sessions";
  private static final int SESSION_TTL_SECONDS = 30 * 60;

  private Cluster() {}

  static Config config(Settings settings) {
    Config config = new Config();
    config.getGroupConfig().setName(settings.clusterName());
    // Phones home. There is no network here.
    config.setProperty("hazelcast.version.check.enabled", "false");
    config.setProperty(
        "hazelcast.max.no.heartbeat.seconds", Integer.toString(settings.noHeartbeatSeconds()));
    MapConfig sessions = config.getMapConfig(SESSIONS);
    sessions.setBackupCount(1);
    sessions.setTimeToLiveSeconds(SESSION_TTL_SECONDS);
    network(config.getNetworkConfig(), settings);
    return config;
  }

  private static void network(NetworkConfig network, Settings settings) {
    network.setPort(PORT).setPortAutoIncrement(false);
    network.getInterfaces().setEnabled(true).addInterface(settings.address());
    Join join = network.getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.setTcpIpConfig(new RunningInstances(settings.runningInstances()));
  }
}
