/** Users of the fleet, as real HTTP clients in a process of their own: the parent's side. */
import { startChild } from '../child.ts';
import { NAMESPACES, PLAN } from '../parts.ts';
import type { Call, Census } from './call.ts';
import type { Endpoint } from './http.ts';
import type { Mix } from './load.ts';
import type { ClientsProtocol } from './messages.ts';

export interface ClientsOptions {
  /** Network namespace; `null`: the caller's own. */
  readonly namespace: string | null;
  /** The load balancer. */
  readonly to: Endpoint;
  /** Told every call once it is back, in small batches. */
  readonly onCalls: (calls: readonly Call[]) => void;
  /** Picks each call's kind. */
  readonly seed: number;
  /** 60 when not said. */
  readonly users?: number;
  /** Calls a second of all users together; 60 when not said. */
  readonly perSecond?: number;
  readonly mix?: Mix;
  /** A call fails after this time; 2 s when not said, as the results' definition says. */
  readonly timeoutMs?: number;
  /** Users who are logged out rest before they try again (back-off.ts); `false` when not said. */
  readonly backsOff?: boolean;
}

/** Where the lab's users sit, and what they call. */
export const LAB_CLIENTS = {
  namespace: NAMESPACES.clients,
  to: { address: PLAN.balancerPublic, port: 80 },
} as const;

/** Mostly reads; about one log-out in eight seconds at 60 calls/s, so that most users keep their first session. */
export const DEFAULT_MIX: Mix = { write: 0.15, logout: 0.002 };

export interface Clients {
  /** Every user logs in, retrying. Rejects when not all could within `patienceMs`. */
  logIn(patienceMs: number): Promise<void>;
  /** Calls begin, at the fixed rate, until `finish`. */
  begin(): void;
  /**
   * Calls end; then every user reads its session, retrying up to `patienceMs`.
   * Rejects when the process is gone or does not answer: no census is not an empty one.
   */
  finish(patienceMs: number): Promise<Census>;
  stop(): Promise<void>;
}

/** On top of the users' patience: the calls still open, and the way through two processes on a busy machine. */
const ANSWER_MARGIN_MS = 15_000;

/** @throws Error when the process does not start. */
export const startClients = async (options: ClientsOptions): Promise<Clients> => {
  const loggedIn = Promise.withResolvers<number>();
  const census = Promise.withResolvers<Census>();
  const { users = 60, perSecond = 60, mix = DEFAULT_MIX, timeoutMs = 2_000 } = options;
  const { backsOff = false } = options;
  const { namespace, to, seed, onCalls } = options;
  const child = await startChild<ClientsProtocol>({
    namespace,
    script: new URL('./process.ts', import.meta.url),
    argument: { to, users, perSecond, mix, timeoutMs, seed, backsOff },
    onMessage: (message) => {
      if ('calls' in message) onCalls(message.calls);
      else if ('loggedIn' in message) loggedIn.resolve(message.loggedIn);
      else census.resolve(message.census);
    },
  });
  const within = async <T>(answer: Promise<T>, patienceMs: number): Promise<T> => {
    const fail = async (why: Promise<string>): Promise<never> => {
      throw new Error(await why);
    };
    const late = new Promise<string>((resolve) => {
      setTimeout(resolve, patienceMs + ANSWER_MARGIN_MS, 'the clients do not answer').unref();
    });
    return await Promise.race([answer, fail(Promise.race([child.whenEnded, late]))]);
  };
  return {
    logIn: async (patienceMs) => {
      child.send({ order: 'logIn', patienceMs });
      const count = await within(loggedIn.promise, patienceMs);
      if (count < users) throw new Error(`only ${count} of ${users} users could log in`);
    },
    begin: () => child.send({ order: 'begin' }),
    finish: async (patienceMs) => {
      child.send({ order: 'finish', patienceMs });
      return await within(census.promise, patienceMs);
    },
    stop: () => child.stop(),
  };
};
