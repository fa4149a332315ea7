/** When the canary is sent, and what a look says of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askCanary } from '../../src/adapters/hazelcast/canary.ts';
import { createOpenQuestions } from '../../src/adapters/hazelcast/client/open-questions.ts';
import type { Canary, Questions } from '../../src/core/observation.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { Member, REPLY } from './answering-member.ts';

const DEADLINE_MS = 500;
const NODE = { instanceId: 'i-1', address: '10.0.0.1' };

let member: Member;
let questions: ReturnType<typeof createOpenQuestions>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  member = new Member();
  questions = createOpenQuestions(member, () => performance.now());
});
afterEach(() => {
  vi.useRealTimers();
});

/** One look that begins now; the clock goes on to its end. */
const look = async (more: Partial<Questions> = {}, isAnswering = true): Promise<Canary> => {
  const bounds = { deadlineMs: DEADLINE_MS, isAnswering, isSilent: !isAnswering };
  const told = askCanary(questions, NODE, { ...NO_QUESTIONS, ...more }, bounds);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
  return await told;
};
const CONFIRM_5 = { confirm: { 'i-1': 5 } };
const pass = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
};
const silent = (partition: number, forMs: number): Canary => ({
  answer: 'silent',
  partition,
  forMs: expect.closeTo(forMs, -1) as number,
});
const ok = (partition: number): Canary => ({ answer: 'ok', partition, tookMs: 4 });

describe('a canary that is answered', () => {
  it('goes round the partitions of the member by the turn', async () => {
    const turns = [0, 1, 2, 3];
    const told: Canary[] = [];
    for (const turn of turns) told.push(await look({ turn }));
    expect(told).toEqual([ok(3), ok(5), ok(8), ok(3)]);
  });

  it('asks four of them in a look, and tells of the one that is not answered: a member has several threads', async () => {
    member.owned = [3, 5, 8, 9, 11];
    await look({ turn: 3 });
    expect(member.asked).toHaveLength(4);
    member.stuck = [8];
    expect(await look({ turn: 0 })).toEqual(silent(8, DEADLINE_MS));
    expect(member.asked).toHaveLength(7);
  });

  it('proves life by an error as well, but not by a lack of memory', async () => {
    member.answers = { outcome: 'outOfMemory', detail: 'java.lang.OutOfMemoryError: Metaspace' };
    expect(await look()).toEqual({
      answer: 'outOfMemory',
      partition: 3,
      detail: 'java.lang.OutOfMemoryError: Metaspace',
    });
  });

  it('of a member that owns nothing says so', async () => {
    member.owned = [];
    expect(await look()).toEqual({ answer: 'none', why: 'noPartition' });
  });

  it('is not sent while the member does not answer its health', async () => {
    expect(await look({}, false)).toEqual({ answer: 'none', why: 'notConnected' });
    expect(member.asked).toEqual([]);
  });
});

describe('a canary that is not answered', () => {
  beforeEach(async () => {
    member.answers = 'holds';
    await look({ turn: 1 });
  });

  it('is silent since it was sent', async () => {
    expect(await look()).toEqual(silent(5, 2 * DEADLINE_MS));
  });

  it('is not sent again, whatever the turn, and told with its age', async () => {
    await pass(2_000);
    expect(await look({ turn: 2 })).toEqual(silent(5, 3_000));
    expect(member.asked).toHaveLength(1);
  });

  it('is still told when the member no longer answers anything', async () => {
    await pass(1_000);
    expect(await look({}, false)).toEqual(silent(5, 1_500));
    expect(await look({ ...CONFIRM_5 }, false)).toEqual(silent(5, 2_000));
    expect(member.asked).toHaveLength(1);
  });

  it('is sent once more for the same partition after 30 s, and its age goes on', async () => {
    await pass(29_000);
    expect(await look()).toEqual(silent(5, 30_000));
    expect(member.asked).toHaveLength(1);
    expect(await look()).toEqual(silent(5, 30_500));
    expect(member.asked).toHaveLength(2);
    expect(member.asked[1]).toMatchObject({ partition: 5, isFresh: false });
    await pass(10_000);
    await look();
    expect(member.asked).toHaveLength(2);
  });

  it('is sent again for each last look', async () => {
    await look({ isLast: true });
    expect(await look({ isLast: true })).toEqual(silent(5, 1_500));
    expect(member.asked.map(({ partition }) => partition)).toEqual([null, 5, 5]);
  });

  it('that is answered late is what the next look tells, without asking; the one after asks again', async () => {
    await pass(1_000);
    member.release(REPLY);
    member.answers = REPLY;
    expect(await look({ turn: 0 })).toEqual(ok(5));
    expect(member.asked).toHaveLength(1);
    expect(await look({ turn: 0 })).toEqual(ok(3));
  });

  it('that is answered late for a last look stands for it', async () => {
    member.release(REPLY);
    await pass(1);
    expect(await look({ isLast: true })).toEqual(ok(5));
    expect(member.asked).toHaveLength(1);
  });

  it('that is answered during a look is told by that look', async () => {
    setTimeout(() => member.release(REPLY), 100);
    expect(await look()).toEqual(ok(5));
  });

  it('that is answered late by a lack of memory is told as such', async () => {
    member.release({ outcome: 'outOfMemory', detail: 'x' });
    expect(await look()).toMatchObject({ answer: 'outOfMemory', partition: 5 });
  });

  it('is answered by any of those that were sent for the partition', async () => {
    await look({ isLast: true });
    member.releaseFirst({ outcome: 'lost' });
    expect(await look()).toMatchObject({ answer: 'silent' });
    member.releaseFirst(REPLY);
    expect(await look()).toEqual(ok(5));
  });

  it('whose connection broke was answered by nobody: it is asked anew', async () => {
    member.release({ outcome: 'lost' });
    await pass(1);
    expect(await look({ turn: 0 })).toEqual(silent(3, DEADLINE_MS));
    expect(member.asked).toHaveLength(2);
  });

  it('whose connection breaks during the look says nothing', async () => {
    setTimeout(() => member.release({ outcome: 'lost' }), 100);
    expect(await look()).toEqual({ answer: 'none', why: 'notConnected' });
  });

  it('of a member that is gone is no burden of another instance at its address', async () => {
    member.answers = REPLY;
    const heir = { instanceId: 'i-2', address: NODE.address };
    const bounds = { deadlineMs: DEADLINE_MS, isAnswering: true, isSilent: false };
    expect(await askCanary(questions, heir, NO_QUESTIONS, bounds)).toEqual(ok(3));
  });
});

describe('a confirmation', () => {
  beforeEach(async () => {
    member.answers = 'holds';
    await look({ turn: 1 });
  });

  it('asks for the same partition over a fresh connection, once', async () => {
    expect(await look({ turn: 2, ...CONFIRM_5 })).toEqual(silent(5, DEADLINE_MS));
    expect(await look({ turn: 3, ...CONFIRM_5 })).toEqual(silent(5, 2 * DEADLINE_MS));
    expect(member.asked.map(({ isFresh, partition }) => [isFresh, partition])).toEqual([
      [false, null],
      [true, 5],
    ]);
  });

  it('is sent again after 30 s and for each last look', async () => {
    await look(CONFIRM_5);
    await pass(30_000);
    await look(CONFIRM_5);
    await look({ ...CONFIRM_5, isLast: true });
    expect(member.asked.filter(({ isFresh }) => isFresh)).toHaveLength(3);
  });

  it('that is answered clears the old connection', async () => {
    member.answers = REPLY;
    expect(await look(CONFIRM_5)).toEqual(ok(5));
    expect(await look({ turn: 2 })).toEqual(ok(8));
  });

  it('goes round again when the member no longer owns the partition', async () => {
    member.owned = [3, 8];
    member.answers = REPLY;
    expect(await look({ turn: 1, ...CONFIRM_5 })).toEqual(ok(8));
  });

  it('that gets no connection leaves the first question unanswered', async () => {
    member.connects = false;
    expect(await look(CONFIRM_5)).toEqual(silent(5, DEADLINE_MS));
    member.connects = 'hangs';
    expect(await look(CONFIRM_5)).toEqual(silent(5, 3 * DEADLINE_MS));
  });

  it('that gets no connection, and no question is open, says nothing', async () => {
    member.release({ outcome: 'lost' });
    member.connects = false;
    expect(await look(CONFIRM_5)).toEqual({ answer: 'none', why: 'notConnected' });
  });
});

describe('a member that takes long to connect', () => {
  it('holds no look longer than its deadline, and is connected to once', async () => {
    member.connects = 'hangs';
    const spy = vi.spyOn(member, 'ask');
    const none: Canary = { answer: 'none', why: 'notConnected' };
    for (let each = 0; each < 5; each += 1) expect(await look()).toEqual(none);
    expect(spy).toHaveBeenCalledTimes(1);
  });

  it('is not silent because there was no time left to answer', async () => {
    member.connectMs = DEADLINE_MS - 100;
    member.answers = 'holds';
    expect(await look({ turn: 1 })).toEqual({ answer: 'none', why: 'notConnected' });
    expect(await look({ turn: 2 })).toEqual(silent(5, 600));
  });

  it('leaves a fresh question no time, and is as silent as it was', async () => {
    member.answers = 'holds';
    await look({ turn: 1 });
    member.connectMs = DEADLINE_MS - 100;
    expect(await look(CONFIRM_5)).toEqual(silent(5, 2 * DEADLINE_MS));
    expect(await look(CONFIRM_5)).toEqual(silent(5, 600));
  });

  it('is told as soon as it is connected and answers', async () => {
    member.connects = 'hangs';
    await look({ turn: 0 });
    member.connects = true;
    await pass(3_000);
    expect(await look({ turn: 1 })).toEqual(ok(3));
  });
});
