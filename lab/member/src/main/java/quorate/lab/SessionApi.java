package quorate.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What users call: log in, read, write, log out. The session id travels in a cookie and is also the
 * body of the answer to a log-in.
 */
final class SessionApi {
  private static final String COOKIE = "session";

  /** `null` until the member has joined. */
  private final Supplier<Sessions> sessions;

  SessionApi(Supplier<Sessions> sessions) {
    this.sessions = sessions;
  }

  void addTo(HttpServer server) {
    server.createContext("/login", Http.handler(exchange -> serve(exchange, this::logIn)));
    server.createContext("/session", Http.handler(exchange -> serve(exchange, this::session)));
    server.createContext("/logout", Http.handler(exchange -> serve(exchange, this::logOut)));
  }

  private interface Call {
    void serve(HttpExchange exchange, Sessions sessions) throws IOException;
  }

  private void serve(HttpExchange exchange, Call call) throws IOException {
    Sessions store = sessions.get();
    if (store == null) {
      Http.reply(exchange, 503, "starting");
    } else {
      call.serve(exchange, store);
    }
  }

  private void logIn(HttpExchange exchange, Sessions store) throws IOException {
    if (!exchange.getRequestMethod().equals("POST")) {
      Http.reply(exchange, 405, "POST only");
      return;
    }
    String id = store.logIn(Http.body(exchange));
    setCookie(exchange, id);
    Http.reply(exchange, 200, id);
  }

  private void session(HttpExchange exchange, Sessions store) throws IOException {
    Optional<String> id = sessionId(exchange);
    if (id.isEmpty()) {
      loggedOut(exchange);
      return;
    }
    switch (exchange.getRequestMethod()) {
      case "GET" -> read(exchange, store, id.get());
      case "PUT" -> write(exchange, store, id.get());
      default -> Http.reply(exchange, 405, "GET or PUT");
    }
  }

  private void read(HttpExchange exchange, Sessions store, String id) throws IOException {
    Optional<Session> session = store.read(id);
    if (session.isEmpty()) {
      loggedOut(exchange);
    } else {
      exchange.getResponseHeaders().set("X-User", session.get().user());
      Http.reply(exchange, 200, session.get().data());
    }
  }

  private void write(HttpExchange exchange, Sessions store, String id) throws IOException {
    if (store.write(id, Http.body(exchange))) {
      Http.reply(exchange, 204, "");
    } else {
      loggedOut(exchange);
    }
  }

  private void logOut(HttpExchange exchange, Sessions store) throws IOException {
    sessionId(exchange).ifPresent(store::logOut);
    setCookie(exchange, "; Max-Age=0");
    Http.reply(exchange, 204, "");
  }

  private static void loggedOut(HttpExchange exchange) throws IOException {
    Http.reply(exchange, 401, "logged out");
  }

  private static void setCookie(HttpExchange exchange, String value) {
    exchange.getResponseHeaders().add("Set-Cookie", COOKIE + "=" + value + "; Path=/; HttpOnly");
  }

  private static Optional<String> sessionId(HttpExchange exchange) {
    String prefix = COOKIE + "=";
    return exchange.getRequestHeaders().getOrDefault("Cookie", List.of()).stream()
        .flatMap(header -> Arrays.stream(header.split(";")))
        .map(String::trim)
        .filter(cookie -> cookie.startsWith(prefix) && cookie.length() > prefix.length())
        .map(cookie -> cookie.substring(prefix.length()))
        .findFirst();
  }
}
