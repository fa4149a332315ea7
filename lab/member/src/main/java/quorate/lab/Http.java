package quorate.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The little that the handlers need on top of the JDK's HTTP server. */
final class Http {
  private Http() {}

  /** One endpoint; what it throws becomes a 500, as in every web framework. */
  interface Endpoint {
    void serve(HttpExchange exchange) throws Exception;
  }

  static HttpHandler handler(Endpoint endpoint) {
    return exchange -> {
      try (exchange) {
        try {
          endpoint.serve(exchange);
        } catch (Throwable error) { // an OutOfMemoryError too: that is what this server is for
          reply(exchange, 500, error.toString());
        }
      }
    };
  }

  static String body(HttpExchange exchange) throws IOException {
    return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
  }

  static void reply(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    // The lab's users note who served them.
    String server = exchange.getLocalAddress().getAddress().getHostAddress();
    exchange.getResponseHeaders().set("X-Served-By", server);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
