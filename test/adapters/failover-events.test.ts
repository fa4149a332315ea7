/** A failover as other programs hear of it. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { EVENT_SCHEMAS } from '../../src/adapters/aws/event-schemas.ts';
import { eventsOf } from '../../src/adapters/aws/report-events.ts';
import type { Failover } from '../../src/core/failover-ledger.ts';
import type { Report } from '../../src/core/model.ts';
import { FAILOVER, QUIET } from './reports.ts';

const during = (failoverBefore: Failover | null, failover: Failover | null): Report => ({
  ...QUIET,
  failoverBefore,
  failover,
});

const acted = (report: Report): Report => ({
  ...report,
  plan: {
    kind: 'act',
    acts: [
      { kind: 'scale', side: 'green', min: 3, desired: 3 },
      { kind: 'deregister', target: { instanceId: 'i-c', address: '10.0.3.4' } },
    ],
    lastLook: false,
    reason: 'failover',
    nextCheckAtMs: 0,
  },
  outcome: {
    kind: 'acted',
    confirmed: false,
    outcomes: (['done', 'skipped'] as const).map((outcome) => ({
      kind: 'scale',
      startedAtMs: 0,
      finishedAtMs: 1,
      outcome,
      detail: 'as asked',
      commandId: null,
      fence: null,
      hosts: [],
    })),
  },
});

const WORD = {
  job: 9,
  beat: 40,
  phase: 'ended',
  passes: 2,
  lagMs: 0,
  moved: 1_000,
  expired: 3,
  unreachable: 2,
  conflicts: 1,
  detail: 'done',
} as const;

const TURNED: Failover = { ...FAILOVER, phase: 'undo', undoneFor: 'it does not form' };

const REPORTS: Readonly<Record<string, Report>> = {
  begun: during(null, FAILOVER),
  acting: acted(during(FAILOVER, FAILOVER)),
  'about to switch': during(FAILOVER, { ...FAILOVER, phase: 'switch' }),
  switching: during({ ...FAILOVER, phase: 'switch' }, { ...FAILOVER, phase: 'switch' }),
  'about to switch with sessions': {
    ...during(FAILOVER, { ...FAILOVER, phase: 'switch' }),
    carried: { ...WORD, phase: 'level', unreachable: 0 },
  },
  'about to switch with some': {
    ...during(FAILOVER, { ...FAILOVER, phase: 'switch' }),
    carried: { ...WORD, phase: 'level' },
  },
  "about to switch with another job's word": {
    ...during(FAILOVER, { ...FAILOVER, phase: 'switch' }),
    carried: { ...WORD, job: 8, unreachable: 0 },
  },
  switched: {
    ...during({ ...FAILOVER, phase: 'switch' }, { ...FAILOVER, phase: 'drain' }),
    carried: { ...WORD, phase: 'level', unreachable: 0 },
  },
  'about to switch with what the vault had': {
    ...during(FAILOVER, {
      ...FAILOVER,
      phase: 'switch',
      changed: [{ what: 'courier', job: 9, isRestoring: true }],
    }),
    carried: { ...WORD, phase: 'level', unreachable: 0 },
  },
  'turned back': during(FAILOVER, TURNED),
  over: { ...during({ ...FAILOVER, phase: 'retire' }, null), carried: WORD },
  undone: during(TURNED, null),
  'on its way back': during(
    { ...FAILOVER, phase: 'drain' },
    { ...FAILOVER, fence: 10, phase: 'copy', because: 'aborted by ops' },
  ),
};

const told = (name: keyof typeof REPORTS) => {
  const report = REPORTS[name];
  if (report === undefined) throw new Error(`no report ${name}`);
  return eventsOf(report, []);
};

describe('a failover', () => {
  it('is told before anything is done, with what is expected to be lost', () => {
    expect(told('begun')).toMatchObject([
      {
        name: 'FailoverStarted',
        detail: { fence: 9, begunBy: 'loss', expected: 'about 33 % of the sessions' },
      },
      { name: 'FailoverStepped', detail: { phase: 'launch', act: null } },
    ]);
  });

  it('is told act by act, whatever each is done to', () => {
    expect(told('acting')).toMatchObject([
      {
        name: 'FailoverStepped',
        detail: { act: 'scale', side: 'green', instanceId: null, outcome: 'done' },
      },
      {
        name: 'FailoverStepped',
        detail: { act: 'deregister', side: null, instanceId: 'i-c', outcome: 'skipped' },
      },
    ]);
  });

  it('is told phase by phase, and why it turns back', () => {
    expect(told('about to switch')).toMatchObject([
      { detail: { phase: 'switch', act: null } },
      { name: 'UsersMoving' },
    ]);
    expect(told('turned back')).toMatchObject([
      { detail: { phase: 'undo', detail: 'it does not form' } },
    ]);
    expect(eventsOf(during(FAILOVER, FAILOVER), [])).toEqual([]);
  });

  it('announces once to users that they are led away, who of them is logged out, and that they are there', () => {
    const announced = (name: keyof typeof REPORTS) => told(name).slice(1);
    const from = { fleet: 'shop', fence: 9, from: 'blue', to: 'green', atMs: QUIET.atMs };
    expect(announced('about to switch')).toMatchObject([
      { name: 'UsersMoving', detail: { ...from, loggedOut: 'everybody', sessions: null } },
    ]);
    expect(announced('about to switch with sessions')).toMatchObject([
      { detail: { ...from, loggedOut: 'nobody', sessions: { moved: 1_000, unreachable: 0 } } },
    ]);
    expect(announced('about to switch with some')).toMatchObject([
      { detail: { ...from, loggedOut: 'some', sessions: { unreachable: 2 } } },
    ]);
    expect(announced('about to switch with what the vault had')).toMatchObject([
      { detail: { ...from, loggedOut: 'some', sessions: { unreachable: 0 } } },
    ]);
    expect(announced("about to switch with another job's word")).toMatchObject([
      { detail: { loggedOut: 'everybody', sessions: null } },
    ]);
    expect(told('switching')).toEqual([]);
    expect(announced('switched')).toMatchObject([
      { name: 'UsersMoved', detail: { ...from, loggedOut: 'nobody' } },
    ]);
  });

  it('ends with what became of the sessions', () => {
    expect(told('over')).toMatchObject([
      {
        name: 'FailoverEnded',
        detail: {
          ended: 'completed',
          tookMs: 60_000,
          sessions: { moved: 1_000, expired: 3, unreachable: 2, conflicts: 1 },
        },
      },
    ]);
  });

  it('ends undone, with the reason, and says nothing of sessions that it did not carry', () => {
    expect(told('undone')).toMatchObject([
      {
        name: 'FailoverEnded',
        detail: { ended: 'undone', because: 'it does not form', sessions: null },
      },
    ]);
  });

  it('that is aborted after the switch ends, and the way back begins', () => {
    expect(told('on its way back')).toMatchObject([
      { name: 'FailoverStarted', detail: { fence: 10, because: 'aborted by ops' } },
      { name: 'FailoverStepped', detail: { fence: 10, phase: 'copy' } },
      { name: 'FailoverEnded', detail: { fence: 9, ended: 'undone' } },
    ]);
  });

  it.each(Object.keys(REPORTS))('%s: the events fit their schemas', (name) => {
    const misfits = told(name).filter(({ name: of, detail }) => !v.is(EVENT_SCHEMAS[of], detail));
    expect(misfits).toEqual([]);
  });
});
