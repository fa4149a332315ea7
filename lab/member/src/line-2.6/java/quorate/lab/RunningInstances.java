package quorate.lab;

import com.hazelcast.config.TcpIpConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds the other members as 2.x does on EC2: it asks which instances run, whenever it joins and whenever
 * it looks for another part of its cluster. 2.x has no discovery SPI, so this takes the place of the list
 * of addresses that its TCP joiner reads each time. The answer comes from a file that the lab's hypervisor
 * keeps, instead of DescribeInstances.
 */
@SuppressWarnings("serial") // its parent is Serializable, but nobody serialises a joiner's list
final class RunningInstances extends TcpIpConfig {
  private final Path file;

  RunningInstances(Path file) {
    this.file = file;
    setEnabled(true);
  }

  @Override
  public List<String> getMembers() {
    if (!Files.exists(file)) {
      return List.of(); // a tag that no instance has
    }
    try {
      return Files.readAllLines(file);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
