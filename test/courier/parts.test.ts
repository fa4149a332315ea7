import { describe, expect, it } from 'vitest';
import { createChanges } from '../../src/courier/changes.ts';
import { type Digest, digestOf } from '../../src/courier/digest.ts';
import { readCourierRequest } from '../../src/courier/event.ts';
import { endsThereInMs, lifeLeft } from '../../src/courier/expiry.ts';
import {
  createLedger,
  LINE_BYTES,
  replay,
  type Written,
  writeLine,
} from '../../src/courier/ledger.ts';
import { createRate } from '../../src/courier/rate.ts';
import { createRecorder, readJournal } from '../../src/courier/recorder.ts';
import { createMemoryRow } from '../fakes/memory-row.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

const key = (n: number | string): Buffer => Buffer.from(`key ${n}`);
/** What a member says for "never". */
const NEVER = 2 ** 63;
const NOW_MS = 1_800_000_000_000;
const lineOf = (of: Digest, written: Written): Buffer => {
  const line = Buffer.alloc(LINE_BYTES);
  writeLine(line, 0, { map: 0, key: of, written });
  return line;
};

describe('the life that an entry has left', () => {
  it.each([
    ['never ends', { ttlMs: NEVER, maxIdleMs: NEVER, endsAtMs: NEVER, updatedAtMs: -1 }, 0, 0],
    [
      'has lived a part of its time',
      { ttlMs: 60_000, maxIdleMs: NEVER, endsAtMs: NOW_MS + 20_000, updatedAtMs: NOW_MS - 40_000 },
      20_000,
      0,
    ],
    [
      'was idle for a while: its idle time begins anew',
      { ttlMs: NEVER, maxIdleMs: 60_000, endsAtMs: NOW_MS + 5_000, updatedAtMs: NOW_MS - 90_000 },
      0,
      60_000,
    ],
    [
      'has both: its time to live goes on, whatever ends first',
      { ttlMs: 90_000, maxIdleMs: 60_000, endsAtMs: NOW_MS + 5_000, updatedAtMs: NOW_MS - 40_000 },
      50_000,
      60_000,
    ],
    [
      'is over: not for ever',
      { ttlMs: 60_000, maxIdleMs: NEVER, endsAtMs: NOW_MS - 1, updatedAtMs: NOW_MS - 60_001 },
      1,
      0,
    ],
  ])('that %s', (_, times, ttlMs, maxIdleMs) => {
    expect(lifeLeft(times, NOW_MS)).toMatchObject({ ttlMs, maxIdleMs });
  });

  it('ends with whatever comes first', () => {
    expect(endsThereInMs({ ttlMs: 0, maxIdleMs: 0 })).toBe(Infinity);
    expect(endsThereInMs({ ttlMs: 9, maxIdleMs: 0 })).toBe(9);
    expect(endsThereInMs({ ttlMs: 9, maxIdleMs: 4 })).toBe(4);
  });
});

describe('the ledger', () => {
  it('knows what it was told of 50,000 keys, also from its journal', () => {
    const [ledger, copy] = [createLedger(), createLedger()];
    const lines: Buffer[] = [];
    for (let n = 0; n < 50_000; n += 1) {
      const fate = n % 3 === 0 ? 'gone' : 'written';
      const written: Written = { fate, value: digestOf(key(-n)), endsAtS: n };
      ledger.set(digestOf(key(n)), written);
      lines.push(lineOf(digestOf(key(n)), written));
    }
    replay([copy], Buffer.concat(lines));
    expect([ledger.size(), copy.size()]).toEqual([50_000, 50_000]);
    for (const n of [0, 1, 2, 24_999, 49_999]) {
      const expected = { fate: n % 3 === 0 ? 'gone' : 'written', value: digestOf(key(-n)) };
      expect(ledger.get(digestOf(key(n)))).toEqual({ ...expected, endsAtS: n });
      expect(copy.get(digestOf(key(n)))).toEqual(ledger.get(digestOf(key(n))));
    }
    expect(ledger.get(digestOf(key(50_000)))).toBeNull();
  });

  it('passes over lines of the journal that it does not understand', () => {
    const ledger = createLedger();
    const written: Written = { fate: 'written', value: digestOf(key(1)), endsAtS: 0 };
    const line = lineOf(digestOf(key(1)), written);
    const [otherMap, otherFate] = [Buffer.from(line), Buffer.from(line)];
    otherMap.writeUInt8(9, 0);
    otherFate.writeUInt8(99, 1);
    replay([ledger], Buffer.concat([otherMap, otherFate, line.subarray(0, 10)]));
    expect(ledger.size()).toBe(0);
  });
});

describe('the journal', () => {
  const written = (n: number): Written => ({
    fate: 'written',
    value: digestOf(key(n)),
    endsAtS: 0,
  });
  const noted = async (holder: string, n: number) => {
    const { journal, items } = createMemoryRow();
    const recorder = createRecorder(journal, holder, []);
    recorder.note(0, digestOf(key(n)), written(n));
    await recorder.flush();
    return { journal, items, segments: recorder.segments() };
  };

  it('is read back, also what was written after it was last told how much there is', async () => {
    const { journal, segments } = await noted('one', 1);
    expect(segments).toEqual([{ holder: 'one', items: 1 }]);
    for (const items of [1, 0]) {
      const ledger = createLedger();
      expect(await readJournal(journal, [{ holder: 'one', items }], [ledger])).toMatchObject({
        ok: true,
      });
      expect(ledger.get(digestOf(key(1)))).toEqual(written(1));
    }
  });

  it('keeps what could not be written for the next time', async () => {
    const memory = createMemoryRow();
    const recorder = createRecorder(memory.journal, 'one', []);
    recorder.note(0, digestOf(key(1)), written(1));
    memory.broken = 'no answer';
    expect(await recorder.flush()).toMatchObject({ ok: false });
    memory.broken = null;
    expect(await recorder.flush()).toMatchObject({ ok: true });
    expect([...memory.items.keys()]).toEqual(['one 0']);
  });
});

describe('changes that are not carried yet', () => {
  const change = (what: 'put' | 'gone' | 'ended') =>
    ({ map: 0, partition: 0, key: key(1), what }) as const;
  const taken = (...whats: readonly ('put' | 'gone' | 'ended')[]) => {
    const changes = createChanges();
    for (const [n, what] of whats.entries()) changes.hear(change(what), n);
    return changes.take(10, () => true).map(({ wasRemoved, wasPut }) => ({ wasRemoved, wasPut }));
  };

  it('are one for each key: what it came to, and whether it was removed on the way', () => {
    expect(taken('put', 'put')).toEqual([{ wasRemoved: false, wasPut: true }]);
    expect(taken('put', 'gone')).toEqual([{ wasRemoved: true, wasPut: false }]);
    expect(taken('gone', 'put')).toEqual([{ wasRemoved: true, wasPut: true }]);
    expect(taken('put', 'ended')).toEqual([]);
    expect(taken('gone', 'ended')).toEqual([{ wasRemoved: true, wasPut: false }]);
  });

  it('keep their age until they are carried', () => {
    const changes = createChanges();
    changes.hear(change('put'), 5);
    const [first] = changes.take(1, () => true);
    expect(changes.waiting(() => true)).toEqual({ ready: 1, stuck: 0, oldestMs: 5 });
    changes.hear(change('gone'), 9);
    changes.putBack(first!, first!);
    expect(changes.waiting(() => false)).toEqual({ ready: 0, stuck: 1, oldestMs: null });
    expect(changes.take(1, () => true)).toMatchObject([
      { wasRemoved: true, wasPut: false, sinceMs: 5 },
    ]);
  });
});

describe('the rate', () => {
  it('is kept over time, and a pause is no debt', async () => {
    const clock = new VirtualClock(0);
    const rate = createRate(1_000, clock);
    const spend = async (): Promise<void> => {
      for (let n = 0; n < 10; n += 1) await rate.take(100);
    };
    await clock.run(spend());
    expect(clock.nowMs()).toBeGreaterThanOrEqual(890);
    await clock.run(clock.sleep(60_000));
    await clock.run(spend());
    expect(clock.nowMs()).toBeGreaterThanOrEqual(60_890 + 800);
  });
});

describe('a request', () => {
  const node = { instanceId: 'i-1', address: '10.77.0.1' };
  const request = {
    fleet: 'api',
    job: 3,
    from: { side: 'blue', nodes: [node] },
    to: { side: 'green', nodes: [node] },
    undoes: 2,
  };

  it('is taken as the controller writes it', () => {
    expect(readCourierRequest(request)).toEqual({ ok: true, value: request });
  });

  it.each([
    [{ ...request, to: request.from }, 'both ends are the same side'],
    [{ ...request, job: 0 }, 'job'],
    [{ ...request, undoes: 0 }, 'undoes'],
    [{ ...request, from: { side: 'blue', nodes: [] } }, 'from.nodes'],
    [{ ...request, from: { side: 'red', nodes: [node] } }, 'from.side'],
    [{ ...request, to: { side: 'green', nodes: [{ ...node, address: 'x' }] } }, 'address'],
    ['nothing', 'the request'],
  ])('that is wrong is refused: %j', (event, why) => {
    const read = readCourierRequest(event);
    expect(read.ok ? '' : read.error).toContain(why);
  });
});
