package quorate.lab;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IMap;
import java.util.Optional;
import java.util.UUID;

/** The sessions of all users, in a distributed map. Every write starts the session's life time anew. */
final class Sessions {
  private final IMap<String, Session> map;

  Sessions(HazelcastInstance hazelcast) {
    map = hazelcast.getMap(Cluster.SESSIONS);
  }

  /** @return the new session's id */
  String logIn(String user) {
    String id = UUID.randomUUID().toString();
    map.set(id, new Session(user, System.currentTimeMillis(), ""));
    return id;
  }

  Optional<Session> read(String id) {
    return Optional.ofNullable(map.get(id));
  }

  /** @return whether the session existed: a write never brings a session back */
  boolean write(String id, String data) {
    return read(id).map(session -> map.replace(id, session.with(data)) != null).orElse(false);
  }

  void logOut(String id) {
    map.remove(id);
  }
}
