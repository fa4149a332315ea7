package quorate.lab;

import java.io.Serial;
import java.io.Serializable;

/** What a user loses when the cluster loses it. Java-serialised, as most session stores do. */
record Session(String user, long loggedInAtMs, String data) implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  Session with(String newData) {
    return new Session(user, loggedInAtMs, newData);
  }
}
