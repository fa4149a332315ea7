package quorate.versions;

import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.io.BufferedReader;
import java.io.InputStreamReader;

/** A member of any line of Hazelcast, told by lines on its standard input what to suffer from. Ends with it. */
public final class Member {
  private Member() {}

  public static void main(String[] arguments) throws Exception {
    HazelcastInstance instance =
        Hazelcast.newHazelcastInstance(new FileSystemXmlConfig(arguments[0]));
    System.out.println("joined");
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      if (line.equals("stick")) {
        Stick.all(instance);
        System.out.println("stuck");
      }
      if (line.equals("use")) {
        instance.getMap("used").put("key", "value");
        System.out.println("used");
      }
    }
    Runtime.getRuntime().halt(0);
  }
}
