package quorate.lab;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** An API server with an embedded Hazelcast member: what runs on every host of the lab's fleet. */
public final class ApiServer {
  private static final int PORT = 8080;

  /** Tomcat's default `maxThreads`: how many calls can hang before nothing is answered any more. */
  private static final int THREADS = 200;

  private volatile HazelcastInstance hazelcast;
  private volatile Sessions sessions;

  private ApiServer() {}

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.from(System.getenv());
    Thread.sleep(settings.bootDelayMs());
    ApiServer server = new ApiServer();
    server.listen(settings);
    server.join(settings);
    Turn.take();
  }

  private void listen(Settings settings) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(settings.address(), PORT), 0);
    server.setExecutor(Executors.newFixedThreadPool(THREADS));
    new SessionApi(() -> sessions).addTo(server);
    server.createContext("/health", Http.handler(this::health));
    server.createContext("/ready", Http.handler(this::ready));
    server.createContext(
        "/metrics", Http.handler(exchange -> Http.reply(exchange, 200, Metrics.text())));
    server.start();
  }

  private void join(Settings settings) throws IOException {
    HazelcastInstance instance = Hazelcast.newHazelcastInstance(Cluster.config(settings));
    FaultSwitches.listen(instance);
    sessions = new Sessions(instance);
    hazelcast = instance;
  }

  /** Shallow, as load balancers are told to ask: the application has started, and one of its threads is free. */
  private void health(HttpExchange exchange) throws IOException {
    boolean started = sessions != null;
    Http.reply(exchange, started ? 200 : 503, started ? "up" : "starting");
  }

  /** The member has joined and was not shut down. Asks this member only, never another one. */
  private void ready(HttpExchange exchange) throws IOException {
    HazelcastInstance instance = hazelcast;
    boolean running = instance != null && instance.getLifecycleService().isRunning();
    Http.reply(exchange, running ? 200 : 503, running ? "ready" : "not in the cluster");
  }
}
