import { describe, expect, it } from 'vitest';
import { EMPTY_TALLY, emptied, metricsOf, tallied } from '../../src/adapters/aws/report-metrics.ts';
import type { Report } from '../../src/core/model.ts';
import { HELD, QUIET } from './reports.ts';

const valuesOf = (reports: readonly Report[], isFrugal = false): Record<string, unknown> => {
  const tally = reports.reduce(tallied, EMPTY_TALLY);
  const last = reports.at(-1) ?? QUIET;
  return Object.fromEntries(
    metricsOf(last, tally, isFrugal).map(({ MetricName, Value, Values }) => [
      MetricName,
      Value ?? Values,
    ]),
  );
};

const judged = (
  condition: Report['cluster']['condition'],
  core: readonly string[],
  seats: number,
): Report => ({ ...QUIET, seats, cluster: { condition, because: '', core } });

describe('the metrics of a fleet', () => {
  it.each<[string, Report, number | undefined]>([
    ['all three of three', judged('Quorate', ['a', 'b', 'c'], 3), undefined],
    ['two of three', judged('Degraded', ['a', 'b'], 3), 1],
    ['four of five', judged('Degraded', ['a', 'b', 'c', 'd'], 5), undefined],
    ['three of five', judged('Degraded', ['a', 'b', 'c'], 5), 1],
    ['both of two', judged('Quorate', ['a', 'b'], 2), undefined],
    ['one of two', judged('Degraded', ['a'], 2), 1],
    ['one of three, which cannot be judged', judged('Unknown', ['a'], 3), 1],
    ['nobody seen', judged('Blind', [], 3), undefined],
    ['a fleet that was never formed', judged('Unknown', [], 0), undefined],
  ])('tell that one more loss ends the quorum: %s', (_, report, risk) => {
    expect(valuesOf([report])['QuorumAtRisk']).toBe(risk);
  });

  it('have no beat while nothing can be seen or judged, and one if a single tick could', () => {
    const blind = judged('Blind', [], 3);
    expect(valuesOf([blind, judged('Unknown', [], 3)])['Heartbeat']).toBe(0);
    expect(valuesOf([blind, QUIET, blind])['Heartbeat']).toBe(1);
  });

  it('hold the longest time from when a tick was due until it had seen', () => {
    const at = (ms: number): Report => ({
      ...QUIET,
      atMs: ms,
      plan: { kind: 'watch', nextCheckAtMs: ms + 2_500 },
    });
    expect(valuesOf([at(0), at(2_600), at(8_100), at(10_650)])['TickDelayMs']).toEqual([3_000]);
    // Another invocation's tick came in between: nobody was late.
    expect(valuesOf([at(0), at(120_000)])['TickDelayMs']).toEqual([0]);
  });

  it('tell how old the last generation of a vault is, and call taking one no act', () => {
    expect(valuesOf([QUIET])).not.toHaveProperty('VaultAgeS');
    const word = { takenAtMs: QUIET.atMs - 90_000, entries: 3, bytes: 9, tookMs: 4, error: null };
    const kept: Report = { ...QUIET, vault: { askedAtMs: 1, word } };
    expect([valuesOf([kept])['VaultAgeS'], valuesOf([kept], true)['VaultAgeS']]).toEqual([90, 90]);
    const none: Report = { ...QUIET, vault: { askedAtMs: 1, word: { ...word, takenAtMs: null } } };
    expect(valuesOf([none])).not.toHaveProperty('VaultAgeS');
    const outcome = { startedAtMs: 1, finishedAtMs: 2, detail: '', commandId: null } as const;
    const asked = { ...outcome, kind: 'keep', outcome: 'done', fence: null, hosts: [] } as const;
    const acted: Report = {
      ...kept,
      outcome: { kind: 'acted', confirmed: false, outcomes: [asked] },
    };
    expect(valuesOf([acted])).not.toHaveProperty('ActsStarted');
  });

  it('know when the next tick is due also after they were sent', () => {
    const sent = emptied(tallied(EMPTY_TALLY, QUIET));
    expect(tallied(sent, { ...QUIET, atMs: QUIET.atMs + 3_500 }).delayMs).toBe(1_000);
  });

  it('of a frugal fleet are its heart-beat alone, and all that matters when something does', () => {
    expect(valuesOf([QUIET], true)).toEqual({ Heartbeat: 1 });
    expect(valuesOf([HELD], true)).toEqual({
      Heartbeat: 1,
      WorkingNodes: 3,
      CoreSize: 3,
      Holds: 1,
    });
  });
});
