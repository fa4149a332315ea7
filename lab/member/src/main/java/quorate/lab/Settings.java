package quorate.lab;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the host tells its API server at start, by environment variables.
 *
 * @param address the host's private address: what the member and the API bind to
 * @param clusterName members with another cluster name are strangers
 * @param runningInstances file with the addresses of all running instances, one a line (see {@link RunningInstances})
 * @param noHeartbeatSeconds after how long without heart-beats a member is removed by the others
 * @param bootDelayMs a slow application: how long it takes before it even opens its port
 */
record Settings(
    String address,
    String clusterName,
    Path runningInstances,
    int noHeartbeatSeconds,
    long bootDelayMs) {

  /** Hazelcast's default in the incident's line (2.x, up to 3.8); 60 since 3.9. */
  private static final String NO_HEARTBEAT_SECONDS = "300";

  static Settings from(Map<String, String> environment) {
    return new Settings(
        required(environment, "ADDRESS"),
        environment.getOrDefault("CLUSTER_NAME", "lab"),
        Path.of(required(environment, "RUNNING_INSTANCES")),
        Integer.parseInt(
            environment.getOrDefault("MAX_NO_HEARTBEAT_SECONDS", NO_HEARTBEAT_SECONDS)),
        Long.parseLong(environment.getOrDefault("BOOT_DELAY_MS", "0")));
  }

  private static String required(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("environment variable " + name + " is missing");
    }
    return value;
  }
}
