package quorate.lab;

import com.hazelcast.config.Config;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.RestApiConfig;

/** The configuration of the embedded member: defaults, except where a line says why. */
final class Cluster {
  static final int PORT = 5701;
  static final String SESSIONS = "sessions";
  private static final int SESSION_TTL_SECONDS = 30 * 60;

  private Cluster() {}

  static Config config(Settings settings) {
    Config config = new Config();
    config.setClusterName(settings.clusterName());
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty(
        "hazelcast.max.no.heartbeat.seconds", Integer.toString(settings.noHeartbeatSeconds()));
    // Default 5 s: waits for more members that start at the same time. Only makes every rehearsal longer.
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    // Not used here, and each costs memory and threads on a machine that carries many members.
    config.getJetConfig().setEnabled(false);
    config.getMetricsConfig().setEnabled(false);
    config.getMapConfig(SESSIONS).setBackupCount(1).setTimeToLiveSeconds(SESSION_TTL_SECONDS);
    network(config, settings);
    return config;
  }

  // The REST API of the Community Edition: deprecated since 5.4, to be removed in 7, without a free successor.
  @SuppressWarnings("removal")
  private static void network(Config config, Settings settings) {
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(PORT).setPortAutoIncrement(false);
    network.getInterfaces().setEnabled(true).addInterface(settings.address());
    // The groups that are on by default: HEALTH_CHECK and CLUSTER_READ.
    network.setRestApiConfig(new RestApiConfig().setEnabled(true));

    config.setProperty("hazelcast.discovery.enabled", "true");
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getDiscoveryConfig()
        .addDiscoveryStrategyConfig(
            new DiscoveryStrategyConfig(
                new RunningInstances.Factory(settings.runningInstances())));
  }
}
