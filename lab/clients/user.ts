/** One user: logs in once, keeps the cookie, and notices when it is thrown out. */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackOff } from './back-off.ts';
import type { Call, CallKind, Session, SessionEnd } from './call.ts';
import { type CallAnswer, type CallRequest, call, type Endpoint, type Jar } from './http.ts';

const RETRY_AFTER_MS = 100;
const SESSION_COOKIE = 'session';
const HTTP: Record<CallKind, Pick<CallRequest, 'method' | 'path'>> = {
  login: { method: 'POST', path: '/login' },
  read: { method: 'GET', path: '/session' },
  write: { method: 'PUT', path: '/session' },
  logout: { method: 'POST', path: '/logout' },
  readAfterLogout: { method: 'GET', path: '/session' },
};

export interface UserOptions {
  readonly user: number;
  readonly to: Endpoint;
  readonly timeoutMs: number;
  readonly record: (call: Call) => void;
  /** Rests after a log-out that it did not ask for, and after a log-in that failed, before it tries again. */
  readonly backOff: BackOff | null;
}

/** What a user's next call may be; `use` is a read, a write or a log-out. */
export type Turn = 'login' | 'use' | 'readAfterLogout';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OwnSession = Mutable<Session>;

const isOk = (result: number | string): boolean =>
  typeof result === 'number' && result >= 200 && result < 300;

export class User {
  readonly #options: UserOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #jar: Jar = new Map();
  readonly #sessions: OwnSession[] = [];
  #writes = 0;
  #inFlight = 0;
  #turn: Turn = 'login';
  /** While a log-in or log-out is under way a person waits for it. */
  #waiting: 'login' | 'logout' | null = null;
  #restsUntilMs = 0;

  constructor(options: UserOptions) {
    this.#options = options;
  }

  get turn(): Turn {
    return this.#turn;
  }
  get waiting(): 'login' | 'logout' | null {
    return this.#waiting;
  }
  /** It knows better than to ask again now: after a refusal, and while a log-in of its own is under way. */
  get rests(): boolean {
    const isPatient = this.#options.backOff !== null && this.#waiting === 'login';
    return isPatient || Date.now() < this.#restsUntilMs;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  /** All sessions of this user, oldest first. */
  get sessions(): readonly Session[] {
    return this.#sessions;
  }

  async login(): Promise<void> {
    this.#waiting = 'login';
    const { result, retryAfterMs } = await this.#call('login', this.#jar);
    this.#waiting = null;
    const id = this.#jar.get(SESSION_COOKIE);
    if (isOk(result)) this.#options.backOff?.end();
    else this.#rest(retryAfterMs);
    // An impatient second log-in may have been faster: then this one is spare.
    if (!isOk(result) || id === undefined || this.#open() !== null) return;
    const nowMs = Date.now();
    const { user } = this.#options;
    this.#sessions.push({ id, user, openedMs: nowMs, lastOkMs: nowMs, end: null });
    this.#turn = 'use';
  }

  async read(): Promise<CallAnswer> {
    return await this.#use('read');
  }

  async write(): Promise<void> {
    this.#writes += 1;
    await this.#use('write', `user ${this.#options.user} wrote ${this.#writes}`);
  }

  async logout(): Promise<void> {
    const session = this.#open();
    this.#waiting = 'logout';
    const { result } = await this.#call('logout', this.#jar);
    this.#waiting = null;
    if (session === null || session.end !== null) return;
    session.end = end(isOk(result) ? 'own' : result === 401 ? 'forced' : 'unsure');
    this.#turn = session.end.how === 'own' ? 'readAfterLogout' : 'login';
  }

  /** Reads the session that the user has ended last: it must stay ended. */
  async readAfterLogout(): Promise<void> {
    this.#turn = 'login';
    const session = this.#sessions.at(-1);
    if (session !== undefined) await this.#readEnded(session, this.#options.timeoutMs);
  }

  /** The census: reads the open session until somebody answers 200 or 401, and every ended one once. */
  async census(untilMs: number): Promise<CallAnswer | null> {
    for (const session of this.#sessions.filter((each) => each.end?.how === 'own')) {
      await this.#readEnded(session, Math.max(1, untilMs - Date.now()));
    }
    while (this.#open() !== null) {
      const answer = await this.read();
      if (isOk(answer.result) || answer.result === 401) return answer;
      if (Date.now() >= untilMs) return null;
      await sleep(RETRY_AFTER_MS);
    }
    return null;
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(): OwnSession | null {
    const last = this.#sessions.at(-1);
    return last === undefined || last.end !== null ? null : last;
  }

  async #use(kind: 'read' | 'write', body?: string): Promise<CallAnswer> {
    const session = this.#open();
    const answer = await this.#call(kind, this.#jar, body);
    if (!isOk(answer.result)) this.#leaveAlone(answer.retryAfterMs);
    if (session === null || session.end !== null) return answer;
    if (isOk(answer.result)) session.lastOkMs = Date.now();
    if (answer.result === 401) {
      this.#rest(answer.retryAfterMs);
      session.end = end('forced');
      this.#turn = 'login';
    }
    return answer;
  }

  /** Never for a shorter time than the server asks for. */
  #rest(retryAfterMs: number): void {
    const { backOff } = this.#options;
    if (backOff === null) return;
    this.#leaveAlone(Math.max(retryAfterMs, backOff.nextMs()));
  }

  #leaveAlone(forMs: number): void {
    if (this.#options.backOff === null) return;
    this.#restsUntilMs = Math.max(this.#restsUntilMs, Date.now() + forMs);
  }

  async #readEnded(session: OwnSession, timeoutMs: number): Promise<void> {
    const jar: Jar = new Map([...this.#jar, [SESSION_COOKIE, session.id]]);
    const { result } = await this.#call('readAfterLogout', jar, undefined, timeoutMs);
    if (isOk(result) && session.end !== null) session.end = { ...session.end, resurrected: true };
  }

  async #call(
    kind: CallKind,
    jar: Jar,
    body?: string,
    timeoutMs = this.#options.timeoutMs,
  ): Promise<CallAnswer> {
    const { user, to } = this.#options;
    const startMs = Date.now();
    const beganMs = performance.now();
    this.#inFlight += 1;
    const answer = await call({
      ...HTTP[kind],
      ...(body === undefined ? {} : { body }),
      to,
      agent: this.#agent,
      jar,
      timeoutMs,
    });
    this.#inFlight -= 1;
    const { result, servedBy } = answer;
    const rightAnswer = isOk(result) || (kind === 'readAfterLogout' && result === 401);
    const durationMs = Math.round(performance.now() - beganMs);
    this.#options.record({
      startMs,
      durationMs,
      user,
      kind,
      result,
      failed: !rightAnswer,
      servedBy,
    });
    return answer;
  }
}

const end = (how: SessionEnd['how']): SessionEnd => ({
  atMs: Date.now(),
  how,
  resurrected: false,
});
