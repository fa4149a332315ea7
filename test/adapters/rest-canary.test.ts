/** Three nodes of 2.x: who owns which key, and who is stuck, as measured with 2.6.10 (ADR 0004). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AskRestCanary,
  createRestCanary,
  type RestCanary,
} from '../../src/adapters/hazelcast/rest-canary.ts';
import type { Canary, Target } from '../../src/core/observation.ts';
import { type Node, Nodes } from './nodes.ts';

const nodes = new Nodes();
const COUNT = 3;
/** Longer than a busy machine needs for an answer, short enough to wait for those that hang. */
const DEADLINE_MS = 150;

let servers: Node[];
let ownerOf: (key: number) => number;
/** Nodes whose one working thread stands still: nothing is answered through them, nor what they own. */
let stuck: Set<number>;
/** Nodes that hang up. */
let closing: Set<number>;
/** Answers that were not given yet. */
let held: (() => void)[];
let canary: AskRestCanary;
let isClogged: RestCanary['isClogged'];

beforeEach(async () => {
  ownerOf = (key) => key % COUNT;
  stuck = new Set();
  closing = new Set();
  held = [];
  servers = [];
  for (let own = 0; own < COUNT; own += 1) {
    const first = servers[0];
    const place = { address: `127.40.0.${own + 1}`, ...(first && { port: first.port }) };
    const server = await nodes.start((socket, head) => {
      const key = Number(/quorate-canary-(\d+) /.exec(head)?.[1]);
      const answer = (): void => void socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      if (closing.has(own)) socket.end();
      else if (stuck.has(own) || stuck.has(ownerOf(key))) held.push(answer);
      else answer();
    }, place);
    servers.push(server);
  }
  const created = createRestCanary({ port: servers[0]?.port ?? 0, map: 'm' }, () =>
    performance.now(),
  );
  canary = created.ask;
  isClogged = created.isClogged;
});
afterEach(async () => {
  await nodes.stop();
});

const target = (n: number): Target => ({ instanceId: `i-${n}`, address: `127.40.0.${n + 1}` });

const round = async (
  turn: number,
  { isLast = false, silent = [] as readonly number[], dead = [] as readonly number[] } = {},
): Promise<readonly Canary[]> =>
  await Promise.all(
    servers.map(
      async (_, n) =>
        await canary(
          target(n),
          { turn, isLast },
          {
            deadlineMs: DEADLINE_MS,
            isAnswering: !silent.includes(n) && !dead.includes(n),
            isSilent: silent.includes(n),
          },
        ),
    ),
  );
const brief = (canaries: readonly Canary[]): readonly string[] =>
  canaries.map((each) => (each.answer === 'none' ? each.why : each.answer));
const rounds = async (from: number, count: number): Promise<readonly (readonly string[])[]> => {
  const told: (readonly string[])[] = [];
  for (let turn = from; turn < from + count; turn += 1) told.push(brief(await round(turn)));
  return told;
};
const asked = (n: number): readonly string[] => servers[n]?.requests ?? [];

describe('the canary of 2.x', () => {
  it('is answered by members that are well, each asked for a key of its own', async () => {
    expect(await round(19)).toEqual(
      [3, 8, 13].map((partition) => ({
        answer: 'ok',
        partition,
        tookMs: expect.any(Number) as number,
      })),
    );
    expect(asked(1)).toEqual(['GET /hazelcast/rest/maps/m/quorate-canary-8']);
  });

  it('names the member through which all reads hang, and none of the others', async () => {
    stuck.add(2);
    const told = await rounds(0, 10);

    expect(told.at(-1)?.[2]).toBe('silent');
    expect(told.filter((each) => each[2] === 'ok')).toEqual([]);
    expect(told.filter((each) => each.slice(0, 2).includes('silent'))).toEqual([]);
    expect(told.at(-1)?.slice(0, 2)).toEqual(['ok', 'ok']);
  });

  it('names it although it owns all that one of the others is asked for', async () => {
    ownerOf = (key) => (key < 4 ? 2 : key % 2);
    stuck.add(2);
    const told = await rounds(0, 10);

    expect(told.at(-1)).toEqual(['ok', 'ok', 'silent']);
    expect(told.filter((each) => each.slice(0, 2).includes('silent'))).toEqual([]);
  });

  it('leaves few reads hanging: what 16 of them do is worse than what they tell', async () => {
    stuck.add(2);
    await rounds(0, 16);

    expect(asked(2).length).toBeLessThanOrEqual(5);
    // Three in each of the others.
    expect(held.length - asked(2).length).toBeLessThanOrEqual(6);
  });

  it('asks the sick one no more, but for a last look', async () => {
    stuck.add(2);
    await rounds(0, 9);
    const before = asked(2).length;
    await rounds(9, 3);
    expect(asked(2)).toHaveLength(before);
    expect(brief(await round(12, { isLast: true }))[2]).toBe('silent');
    expect(asked(2).length - before).toBeLessThanOrEqual(1);
  });

  it('is told with the age of the oldest read', async () => {
    stuck.add(2);
    await rounds(0, 8);
    const last = (await round(8))[2];
    expect(last).toMatchObject({ answer: 'silent', partition: 10 });
    expect(last?.answer === 'silent' ? last.forMs : 0).toBeGreaterThan(8 * DEADLINE_MS * 0.9);
  });

  it('names nobody when the owner of the keys hangs altogether', async () => {
    stuck.add(2);
    const told: (readonly string[])[] = [];
    for (let turn = 0; turn < 12; turn += 1) told.push(brief(await round(turn, { silent: [2] })));

    expect(told.flat()).not.toContain('silent');
    expect(told.at(-1)).toEqual(['resting', 'resting', 'resting']);
    expect(asked(2)).toEqual([]);
  });

  it('asks nobody while somebody does not answer at all: what hangs holds up the other calls of a member that is well', async () => {
    await round(0);
    stuck.add(2);
    // Who is seen to be silent first comes too late for those who are asked beside it.
    await round(1, { silent: [2] });
    const before = [asked(0).length, asked(1).length];
    for (let turn = 2; turn < 8; turn += 1) {
      expect(brief(await round(turn, { silent: [2] })).slice(0, 2)).not.toContain('silent');
    }
    expect([asked(0).length, asked(1).length]).toEqual(before);
    stuck.clear();
    for (const answer of held) answer();
    expect(brief(await round(8))).toContain('ok');
  });

  it('goes on while somebody is dead: nobody waits for who refuses connections', async () => {
    await round(0, { dead: [2] });
    expect(brief(await round(1, { dead: [2] })).slice(0, 2)).toEqual(['ok', 'ok']);
  });

  it('says where its reads hang: other calls may wait behind them', async () => {
    await round(0);
    expect(servers.map((_, n) => isClogged(target(n)))).toEqual([false, false, false]);
    stuck.add(2);
    // The keys 2, 7 and 12: the first is owned by the stuck one.
    await round(2);
    expect(servers.map((_, n) => isClogged(target(n)))).toEqual([true, false, true]);
  });

  it('names nobody when nobody answers', async () => {
    for (const n of [0, 1, 2]) stuck.add(n);
    expect((await rounds(0, 6)).flat().every((answer) => answer === 'resting')).toBe(true);
    expect(held).toHaveLength(9);
  });

  it('is answered late by a member that goes on', async () => {
    stuck.add(2);
    await rounds(0, 8);
    stuck.clear();
    for (const answer of held) answer();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(brief(await round(8))).toEqual(['ok', 'ok', 'ok']);
  });

  it('of a member that hangs up says nothing', async () => {
    closing.add(1);
    expect(brief(await round(0))).toEqual(['ok', 'notConnected', 'ok']);
  });

  it('of a member that is no longer there says nothing', async () => {
    const gone = { instanceId: 'i-9', address: '127.40.0.9' };
    const bounds = { deadlineMs: DEADLINE_MS, isAnswering: true, isSilent: false };
    expect(await canary(gone, { turn: 0, isLast: false }, bounds)).toEqual({
      answer: 'none',
      why: 'notConnected',
    });
  });
});
