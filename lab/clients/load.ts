/** Calls at a fixed total rate, open loop: the next one starts on time whether or not earlier ones are back. */
import type { User } from './user.ts';

/** Shares of the calls of logged-in users; the rest are reads. */
export interface Mix {
  readonly write: number;
  readonly logout: number;
}

/** How often the clock is looked at, in ms; at 60 calls/s one is due every 17 ms. */
const LOOK_EVERY_MS = 5;

/** The next user in turn who is not waiting for a log-in or log-out; all waiting: one who gets impatient. Nobody who rests. */
export const nextUser = (users: readonly User[], turn: number): User | undefined => {
  const order = users
    .map((_, index) => users[(turn + index) % users.length])
    .filter((user) => user?.rests === false);
  return (
    order.find((user) => user?.waiting === null) ?? order.find((user) => user?.waiting === 'login')
  );
};

const act = async (user: User, draw: number, mix: Mix): Promise<void> => {
  if (user.turn === 'login') await user.login();
  else if (user.turn === 'readAfterLogout') await user.readAfterLogout();
  // Nobody logs out over an open call of its own: the call's 401 would be no fault.
  else if (draw < mix.logout && user.inFlight === 0) await user.logout();
  else if (draw < mix.logout + mix.write) await user.write();
  else await user.read();
};

export interface Load {
  /** No further call starts; resolves when all are back. Each has its own deadline. */
  stop(): Promise<void>;
}

/** @param random numbers in [0, 1) that pick each call's kind. */
export const startLoad = (
  users: readonly User[],
  perSecond: number,
  mix: Mix,
  random: () => number,
): Load => {
  const startedMs = performance.now();
  const open = new Set<Promise<void>>();
  let started = 0;
  const startOne = (): void => {
    const user = nextUser(users, started);
    started += 1;
    if (user === undefined) return;
    const done = act(user, random(), mix).finally(() => open.delete(done));
    open.add(done);
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) * perSecond) / 1000;
    for (let call = started; call < due; call += 1) startOne();
  }, LOOK_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
};
