package quorate.lab;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Finds the other members as hazelcast-aws does, through the same discovery SPI: it asks which instances
 * run, all of them or those of one group. The answer comes from a file that the lab's hypervisor keeps, instead of DescribeInstances.
 */
final class RunningInstances extends AbstractDiscoveryStrategy {
  private final Path file;

  private RunningInstances(ILogger logger, Path file) {
    super(logger, Map.of());
    this.file = file;
  }

  @Override
  public Iterable<DiscoveryNode> discoverNodes() {
    if (!Files.exists(file)) {
      return List.of(); // a tag that no instance has
    }
    try {
      return Files.readAllLines(file).stream().map(RunningInstances::node).toList();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static DiscoveryNode node(String address) {
    try {
      return new SimpleDiscoveryNode(new Address(address, Cluster.PORT));
    } catch (UnknownHostException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** Makes the strategy for one file. */
  record Factory(Path file) implements DiscoveryStrategyFactory {
    @Override
    public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
      return RunningInstances.class;
    }

    @Override
    @SuppressWarnings("rawtypes") // as the interface has it
    public DiscoveryStrategy newDiscoveryStrategy(
        DiscoveryNode localNode, ILogger logger, Map<String, Comparable> properties) {
      return new RunningInstances(logger, file);
    }

    @Override
    public Collection<PropertyDefinition> getConfigurationProperties() {
      return List.of();
    }
  }
}
