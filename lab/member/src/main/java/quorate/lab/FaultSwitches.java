package quorate.lab;

import com.hazelcast.core.HazelcastInstance;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.Executors;

/** Breaks this server on request, and tells what it holds. Listens on the host's loop-back only: no user and no prober gets here. */
final class FaultSwitches {
  private static final int PORT = 9090;

  private FaultSwitches() {}

  static void listen(HazelcastInstance hazelcast) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), 0);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "fault-switch");
              thread.setDaemon(true);
              return thread;
            }));
    MetaspaceLeak leak = new MetaspaceLeak();
    PartitionBlock block = new PartitionBlock(hazelcast);
    HeapPressure heap = new HeapPressure();
    Copies copies = new Copies(hazelcast);
    server.createContext(
        "/metaspace", Http.handler(exchange -> exhaust(exchange, leak)));
    server.createContext(
        "/partition-threads/one", Http.handler(exchange -> say(exchange, block.one())));
    server.createContext(
        "/partition-threads/all", Http.handler(exchange -> say(exchange, block.all())));
    server.createContext(
        "/heap", Http.handler(exchange -> say(exchange, heap.fill(percent(exchange)))));
    server.createContext("/copies", Http.handler(exchange -> tell(exchange, copies.ids())));
    server.start();
  }

  /** One a line, and a last line that says that there are no more. */
  private static void tell(HttpExchange exchange, Set<String> ids) throws IOException {
    Http.reply(exchange, 200, String.join("\n", ids) + "\nend\n");
  }

  private static void say(HttpExchange exchange, long result) throws IOException {
    Http.reply(exchange, 200, Long.toString(result));
  }

  /**
   * Answers in two lines: once it leaks, and when Metaspace was full. An answer that begins only then
   * needs classes that can no longer be loaded.
   */
  private static void exhaust(HttpExchange exchange, MetaspaceLeak leak)
      throws IOException, InterruptedException {
    exchange.sendResponseHeaders(200, 0);
    line(exchange, "leaking");
    line(exchange, Long.toString(leak.exhaust()));
  }

  private static void line(HttpExchange exchange, String text) throws IOException {
    exchange.getResponseBody().write(text.concat("\n").getBytes(StandardCharsets.UTF_8));
    exchange.getResponseBody().flush();
  }

  private static int percent(HttpExchange exchange) {
    return Integer.parseInt(exchange.getRequestURI().getQuery());
  }
}
