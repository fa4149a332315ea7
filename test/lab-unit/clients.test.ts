/** The real client process against a real HTTP server that forgets, hangs, fails and disappears. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Call } from '../../lab/clients/call.ts';
import { type Clients, type ClientsOptions, startClients } from '../../lab/clients/clients.ts';
import { type SessionServer, startSessionServer } from './session-server.ts';
import { eventually } from './target.ts';

const USERS = 10;
/** While somebody answers: a busy machine must not look like a server that does not. */
const GENEROUS_MS = 30_000;
/** While nobody does. */
const TIMEOUT_MS = 1_500;

let server: SessionServer;
let clients: Clients | null = null;
let calls: Call[] = [];

const start = async (more: Partial<ClientsOptions> = {}): Promise<Clients> => {
  calls = [];
  server = await startSessionServer('127.0.41.1');
  clients = await startClients({
    namespace: null,
    to: server,
    onCalls: (batch) => calls.push(...batch),
    seed: 7,
    users: USERS,
    perSecond: 60,
    mix: { write: 0.2, logout: 0 },
    timeoutMs: GENEROUS_MS,
    ...more,
  });
  return clients;
};
const started = async (more: Partial<ClientsOptions> = {}): Promise<Clients> => {
  const users = await start(more);
  await users.logIn(GENEROUS_MS);
  users.begin();
  return users;
};
const seen = (wanted: (call: Call) => boolean, count: number): Promise<Call[]> =>
  eventually(
    () => calls.filter(wanted),
    (found) => found.length >= count,
  );

afterEach(async () => {
  await clients?.stop();
  await server.close().catch(() => {});
});

describe('users', () => {
  it('log in once, keep their session, read and write', async () => {
    const users = await started();
    await seen((call) => call.kind === 'read', 60);
    await seen((call) => call.kind === 'write', 10);
    const census = await users.finish(GENEROUS_MS);

    expect(calls.filter((call) => call.failed)).toEqual([]);
    expect(calls.filter((call) => call.kind === 'login')).toHaveLength(USERS);
    expect(new Set(calls.map((call) => call.servedBy))).toEqual(new Set(['127.0.41.1']));
    expect(census.sessions.map(({ user }) => user).sort((a, b) => a - b)).toEqual(
      Array.from({ length: USERS }, (_, user) => user),
    );
    expect(census.sessions.every(({ end, id }) => end === null && server.sessions.has(id))).toBe(
      true,
    );
    expect(census.unreachable).toEqual([]);
    expect(Object.keys(census.servedBy)).toHaveLength(USERS);
    expect(server.written.size).toBeGreaterThan(0);
  });

  it('notice a forced log-out once and log in again', async () => {
    const users = await started();
    await seen((call) => call.kind === 'read', 20);
    server.sessions.clear();
    await seen((call) => call.kind === 'login' && !call.failed, 2 * USERS);
    const { sessions } = await users.finish(GENEROUS_MS);

    expect(sessions.filter(({ end }) => end?.how === 'forced')).toHaveLength(USERS);
    expect(sessions.filter(({ end }) => end === null)).toHaveLength(USERS);
    expect(calls.some((call) => call.result === 401 && call.failed)).toBe(true);
  });

  it('that know no better try at once and all together, for as long as it takes', async () => {
    const users = await started();
    await seen((call) => call.kind === 'read', 20);
    server.mode = 'busy';
    server.sessions.clear();
    const tries = await seen((call) => call.kind === 'login' && call.failed, 20 * USERS);
    server.mode = 'works';
    await users.finish(5_000);

    expect(tries.length).toBeGreaterThanOrEqual(20 * USERS);
  });

  it('that behave try once, and then not before they may', async () => {
    const users = await started({ backsOff: true });
    await seen((call) => call.kind === 'read', 20);
    server.mode = 'busy';
    server.sessions.clear();
    await seen((call) => call.kind === 'login' && call.failed, USERS);
    // Nobody has a session, nobody may try again: there is nothing to call for.
    await users.finish(100);

    const tries = calls.filter((call) => call.kind === 'login' && call.failed);
    expect(tries.map(({ user }) => user).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: USERS }, (_, user) => user),
    );
  });

  it('that behave leave a server alone for as long as it asks, and keep their sessions', async () => {
    const users = await started({ backsOff: true });
    await seen((call) => call.kind === 'read', 20);
    server.mode = 'closed';
    const asked = (): readonly Call[] => calls.filter(({ result }) => result === 503);
    await eventually(
      () => new Set(asked().map(({ user }) => user)),
      (refused) => refused.size === USERS,
    );
    server.mode = 'works';
    const { sessions } = await users.finish(5_000);

    // Calls that were open when the first refusal came back may be refused as well; none begins after it (times are rounded).
    const refusedAtMs = new Map(
      asked()
        .toReversed()
        .map(({ user, startMs, durationMs }) => [user, startMs + durationMs + 2]),
    );
    const late = calls.filter(({ user, startMs }) => startMs > (refusedAtMs.get(user) ?? Infinity));
    expect(late).toEqual([]);
    expect(sessions.map(({ end }) => end)).toEqual(sessions.map(() => null));
    expect(sessions).toHaveLength(USERS);
  });

  it('go on calling while nobody answers, and count every call as failed', async () => {
    const users = await started({ timeoutMs: TIMEOUT_MS });
    await seen((call) => call.kind === 'read', 20);
    server.mode = 'hangs';
    const late = await seen((call) => call.result === 'timeout', 100);
    server.mode = 'works';
    await seen((call) => call.startMs > late.at(-1)!.startMs && !call.failed, 10);
    const { sessions } = await users.finish(GENEROUS_MS);

    expect(late.every((call) => call.failed)).toBe(true);
    const overlaps = late.filter((call) => call.startMs < late[0]!.startMs + TIMEOUT_MS);
    expect(overlaps.length).toBeGreaterThan(USERS);
    expect(sessions).toHaveLength(USERS);
  });

  it('log out, stay out, and log in again', async () => {
    const users = await started({ mix: { write: 0, logout: 0.5 } });
    await seen((call) => call.kind === 'readAfterLogout', 20);
    const { sessions } = await users.finish(GENEROUS_MS);

    expect(calls.filter((call) => call.failed)).toEqual([]);
    expect(calls.some((call) => call.kind === 'readAfterLogout' && call.result === 401)).toBe(true);
    const own = sessions.filter(({ end }) => end?.how === 'own');
    expect(own.length).toBeGreaterThanOrEqual(20);
    expect(own.some(({ end }) => end?.resurrected)).toBe(false);
    expect(sessions.some(({ end }) => end?.how === 'forced')).toBe(false);
  });

  it('notice a session that lives on after its log-out', async () => {
    const users = await started({ mix: { write: 0, logout: 0.5 } });
    server.mode = 'resurrects';
    await seen((call) => call.kind === 'readAfterLogout' && call.result === 200, 1);
    const { sessions } = await users.finish(GENEROUS_MS);
    expect(sessions.some(({ end }) => end?.resurrected)).toBe(true);
  });

  it('call a session unreachable when nobody answers for it', async () => {
    const users = await started();
    await seen((call) => call.kind === 'read', 20);
    server.mode = 'fails';
    await seen((call) => call.result === 500 && call.failed, 1);
    const census = await users.finish(800);
    expect(census.unreachable).toHaveLength(USERS);
    expect(census.sessions.every(({ end }) => end === null)).toBe(true);
  });

  it('make the start fail when they cannot log in', async () => {
    const users = await start();
    server.mode = 'fails';
    await expect(users.logIn(500)).rejects.toThrow(`only 0 of ${USERS} users`);
  });
});
