import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Call, Census, Session, SessionEnd } from '../../lab/clients/call.ts';
import { type Evidence, measure, median } from '../../lab/measure/measure.ts';
import { mitigatedAt } from '../../lab/measure/mitigation.ts';
import { validate, writeResults } from '../../lab/measure/result.ts';
import { sessionFates } from '../../lab/measure/sessions.ts';
import { createTally } from '../../lab/measure/tally.ts';

const call = (startMs: number, failed = false, durationMs = 5): Call => ({
  startMs,
  durationMs,
  user: 0,
  kind: 'read',
  result: failed ? 502 : 200,
  failed,
  servedBy: '10.77.1.4',
});
/** A call every 100 ms. */
const steady = (fromMs: number, toMs: number, failed = false, durationMs = 5): Call[] =>
  Array.from({ length: (toMs - fromMs) / 100 }, (_, n) =>
    call(fromMs + n * 100, failed, durationMs),
  );

describe('mitigated', () => {
  it.each([
    ['at the fault when no call failed', steady(0, 20_000), 5_000],
    [
      'when the last failure is over',
      [...steady(0, 6_000), ...steady(6_000, 9_000, true), ...steady(9_000, 20_000)],
      8_906,
    ],
    [
      'when a hanging call has failed, not when it began',
      [...steady(0, 20_000), call(6_000, true, 2_000)],
      8_001,
    ],
    [
      'not in a calm shorter than 3 s',
      [...steady(0, 20_000), call(6_000, true), call(9_000, true), call(11_000, true)],
      11_006,
    ],
    [
      'in the first calm of 3 s, whatever fails later',
      [...steady(0, 20_000), call(6_000, true), call(9_007, true)],
      6_006,
    ],
    [
      'at the fault although calls failed before it',
      [call(4_000, true), ...steady(0, 20_000)],
      5_000,
    ],
    [
      'in the first calm, although calls failed later',
      [...steady(0, 20_000), call(17_500, true)],
      5_000,
    ],
    ['never while calls fail', [...steady(0, 5_000), ...steady(5_000, 20_000, true)], null],
    ['never when nobody called', [...steady(0, 5_000), call(6_000, true)], null],
    [
      'never when the end came too soon',
      [...steady(0, 20_000), ...steady(5_000, 17_500, true)],
      null,
    ],
  ])('%s', (_when, calls, expected) => {
    expect(mitigatedAt(calls, 5_000, 20_000)).toBe(expected);
  });
});

const end = (how: SessionEnd['how'], atMs: number, resurrected = false): SessionEnd => ({
  how,
  atMs,
  resurrected,
});
const session = (id: string, more: Partial<Session> = {}): Session => ({
  id,
  user: 0,
  openedMs: 1_000,
  lastOkMs: 5_900,
  end: null,
  ...more,
});
const census: Census = {
  atMs: 20_000,
  sessions: [
    session('kept'),
    session('moved'),
    session('unreachable'),
    session('lost', { end: end('forced', 6_000) }),
    session('expired', { lastOkMs: 1_000, end: end('forced', 9_000) }),
    session('lost before the fault', { end: end('forced', 4_000) }),
    session('ended by its user', { end: end('own', 6_000, true) }),
    session('perhaps ended by its user', { end: end('unsure', 6_000) }),
    session('opened after the fault', { openedMs: 7_000, end: end('forced', 8_000) }),
  ],
  unreachable: ['unreachable'],
  servedBy: { kept: '10.77.1.4', moved: '10.77.2.9' },
};
const truth = {
  hadCopy: () => true,
  ttlMs: 8_000,
  newClusterAddresses: ['10.77.2.9'],
  faults: { 'i-bad': 5_000 },
  removals: [],
  patienceMs: 10_000,
  railsBroken: [],
};

describe('sessions', () => {
  it('that were open at the fault have one fate each', () => {
    expect(sessionFates(census, 5_000, truth)).toEqual({
      before: 5,
      kept: 1,
      moved: 1,
      expired: 1,
      unreachable: 1,
      lost: 1,
      resurrected: 1,
    });
  });

  it('are not lost when no live copy was left', () => {
    expect(sessionFates(census, 5_000, { ...truth, hadCopy: (id) => id !== 'lost' })).toMatchObject(
      {
        before: 5,
        lost: 0,
      },
    );
  });
});

const evidence: Evidence = {
  setting: {
    scenario: 'hung-member',
    controller: 'on',
    profile: 'balanced',
    heartbeatS: 300,
    ssmDelayMs: 1_500,
    toleranceMs: 10_000,
    bootMs: null,
    realMembers: 3,
    seed: 1,
  },
  marks: {
    startedAtMs: 1_000,
    endedAtMs: 21_000,
    faultAtMs: 5_000,
    detectedAtMs: 6_000.4,
    evictedAtMs: null,
    replacedAtMs: null,
    recoveredAtMs: null,
  },
  calls: [
    { ...call(900), kind: 'login' },
    { ...call(1_000), kind: 'login' },
    ...steady(11_000, 21_000),
    call(11_050, true),
  ],
  census,
  acts: [{ atMs: 16_000, kind: 'kill', target: 'i-bad', outcome: 'done' }],
  truth,
};
const removal = (what: 'evicted' | 'killed', instanceId: string, atMs: number) => ({
  what,
  instanceId,
  atMs,
});

describe('the result', () => {
  it('counts from the start of the scenario', () => {
    expect(measure(evidence)).toMatchObject({
      faultAtMs: 4_000,
      detectedAtMs: 5_000,
      evictedAtMs: null,
      mitigatedAtMs: 10_056,
      calls: { total: 102, failed: 1, perSecond: 10.1 },
      forcedLogouts: 4,
      acts: [{ tMs: 15_000, kind: 'kill', target: 'i-bad', outcome: 'done' }],
    });
  });

  it.each([
    ['a sick member after its tolerance', [removal('killed', 'i-bad', 15_000)], 0, 0],
    ['a sick member before its tolerance', [removal('evicted', 'i-bad', 14_999)], 1, 0],
    ['a member that served', [removal('killed', 'i-good', 15_000)], 0, 1],
    [
      'one member in two ways',
      [removal('killed', 'i-good', 15_000), removal('killed', 'i-good', 16_000)],
      0,
      1,
    ],
  ])('judges the removal of %s', (_what, removals, wronglyEvicted, wronglyKilled) => {
    const result = measure({ ...evidence, truth: { ...truth, removals } });
    expect(result).toMatchObject({ wronglyEvicted, wronglyKilled });
  });

  it('is valid as it is, and not with a field more, less or wrong', () => {
    const result = measure(evidence);
    expect(validate(result)).toEqual(result);
    expect(() => validate({ ...result, extra: 1 })).toThrow('extra');
    expect(() => validate({ ...result, seed: undefined })).toThrow('seed');
    expect(() => validate({ ...result, calls: { ...result.calls, failed: -1 } })).toThrow(
      'calls.failed',
    );
  });

  it('is written as an object, several as an array, and not at all when wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quorate-'));
    const path = join(folder, 'result.json');
    const result = measure(evidence);
    const read = async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
    try {
      await writeResults(path, [result]);
      expect(await read()).toEqual(result);
      await writeResults(path, [result, result]);
      expect(await read()).toEqual([result, result]);
      await expect(writeResults(path, [{ ...result, seed: Number.NaN }])).rejects.toThrow('seed');
      expect(await read()).toHaveLength(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('small figures', () => {
  it('median: never is later than any time', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([5, null, 1])).toBe(5);
    expect(median([null, null, 1])).toBeNull();
    expect(median([1, 2, 3, 4])).toBe(3);
    expect(median([])).toBeNull();
  });

  it('the tally counts what came back since it was last asked', () => {
    const tally = createTally(0);
    tally.add([call(0), call(1, true)]);
    expect(tally.take(500)).toEqual({ perSecond: 4, failedPerSecond: 2 });
    expect(tally.take(1_500)).toEqual({ perSecond: 0, failedPerSecond: 0 });
  });
});
