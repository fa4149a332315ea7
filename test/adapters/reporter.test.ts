import { beforeEach, describe, expect, it } from 'vitest';
import { createReporter } from '../../src/adapters/aws/reporter.ts';
import type { Report } from '../../src/core/model.ts';
import { ENDED, HELD, QUIET, STARTING } from './reports.ts';
import { useWire } from './use-wire.ts';
import { FLEET, SETTINGS } from './wire-fleet.ts';
import { json, jsonError, type WireAnswer } from './wire-server.ts';

interface Line {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const accepted = (count: number): WireAnswer =>
  json({
    FailedEntryCount: 0,
    Entries: Array.from({ length: count }, (_, index) => ({ EventId: `e-${index}` })),
  });

const { clients, inputsOf, answer } = useWire(() => ({
  PutEvents: accepted(10),
  PutMetricData: json({}),
}));

let nowMs: number;
let lines: Line[];
const clock = { nowMs: () => nowMs, sleep: async () => {} };
const log = {
  info: (message: string, fields: Line['fields']) => lines.push({ level: 'info', message, fields }),
  warn: (message: string, fields: Line['fields']) => lines.push({ level: 'warn', message, fields }),
};

beforeEach(() => {
  nowMs = QUIET.atMs;
  lines = [];
});

const makeReporter = (fleet = FLEET) =>
  createReporter({ fleet, settings: SETTINGS, clients: clients(), clock, log });

const warnings = () => lines.filter((line) => line.level === 'warn').map((line) => line.message);

interface Entry {
  readonly DetailType: string;
  readonly Detail: string;
}

const entriesSent = () =>
  inputsOf('PutEvents').map((input) => input['Entries'] as readonly Entry[]);

/** Detail types of each PutEvents call. */
const sentEvents = () => entriesSent().map((entries) => entries.map((entry) => entry.DetailType));

interface Datum {
  readonly MetricName: string;
  readonly Value?: number;
  readonly Values?: readonly number[];
}

const metricsSent = (index: number) => {
  const data = inputsOf('PutMetricData')[index]?.['MetricData'] as readonly Datum[];
  return Object.fromEntries(data.map((datum) => [datum.MetricName, datum.Value ?? datum.Values]));
};

describe('the reporter', () => {
  const ticks = async (reports: readonly Report[], everyMs: number): Promise<void> => {
    const reporter = makeReporter();
    for (const [index, report] of reports.entries()) {
      nowMs = QUIET.atMs + index * everyMs;
      await reporter.report({ ...report, atMs: nowMs }, AbortSignal.timeout(10_000));
    }
  };

  it('writes one line a tick: the sentence, conditions and the kind of plan', async () => {
    await ticks([STARTING], 0);
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'All 3 members work.',
        fields: {
          fleet: 'shop',
          mode: 'act',
          tookMs: 40,
          cluster: 'Degraded',
          nodes: { 'i-a': 'Healthy', 'i-b': 'Healthy', 'i-c': 'Zombie' },
          suspects: ['i-c'],
          plan: 'act',
        },
      },
    ]);
  });

  it('puts events on the bus of the settings', async () => {
    await ticks([STARTING], 0);
    expect(entriesSent()).toHaveLength(1);
    const entry = entriesSent()[0]?.[0];
    expect(entry).toMatchObject({
      EventBusName: 'quorate-bus',
      Source: 'quorate',
      DetailType: 'NodeConditionChanged',
      Time: QUIET.atMs / 1_000,
    });
    expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({ fleet: 'shop', to: 'Zombie' });
  });

  it('sends metrics at first, then once a minute', async () => {
    await ticks(
      Array.from({ length: 62 }, () => QUIET),
      1_000,
    );
    expect(inputsOf('PutMetricData')).toHaveLength(2);
    // No more than five while all is well: each costs by the hour in which it is sent.
    expect(metricsSent(0)).toEqual({
      Heartbeat: 1,
      WorkingNodes: 3,
      CoreSize: 3,
      TickMs: [40],
      TickDelayMs: [0],
    });
    expect(metricsSent(1)['TickMs']).toHaveLength(60);
    expect(inputsOf('PutMetricData')[0]).toMatchObject({
      Namespace: 'Quorate',
      MetricData: expect.arrayContaining([
        expect.objectContaining({ Dimensions: [{ Name: 'Fleet', Value: 'shop' }] }),
      ]),
    });
  });

  it('sends the metrics of a frugal fleet every fifth minute', async () => {
    const policy = { ...FLEET.policy, tickEveryMs: 60_000, suspectTickEveryMs: 60_000 };
    const reporter = makeReporter({ ...FLEET, policy });
    for (let minute = 0; minute < 11; minute += 1) {
      nowMs = QUIET.atMs + minute * 60_000 - (minute % 2) * 900;
      await reporter.report({ ...QUIET, atMs: nowMs }, AbortSignal.timeout(10_000));
    }
    expect(inputsOf('PutMetricData')).toHaveLength(3);
    expect(metricsSent(2)).toEqual({ Heartbeat: 1 });
  });

  it('sends metrics at once on change, with what was counted since', async () => {
    await ticks([QUIET, HELD, HELD, STARTING], 1_000);
    expect(inputsOf('PutMetricData')).toHaveLength(2);
    expect(metricsSent(1)).toMatchObject({
      Holds: 2,
      ActsStarted: 1,
      SuspectNodes: 1,
      WorkingNodes: 2,
      CoreSize: 2,
      NotQuorate: 1,
      QuorumAtRisk: 1,
    });
  });

  it('mentions a failing channel once, keeps what it could not send, and says when it is back', async () => {
    const reporter = makeReporter();
    const tell = async (report: Report, atMs: number) => {
      nowMs = QUIET.atMs + atMs;
      await reporter.report({ ...report, atMs: nowMs }, AbortSignal.timeout(10_000));
    };
    answer({ PutEvents: jsonError('AccessDeniedException', 'no'), PutMetricData: 'loseReply' });
    await tell(STARTING, 0);
    await tell(HELD, 11_000);
    expect(warnings()).toEqual(['events cannot be sent', 'metrics cannot be sent']);
    answer({ PutEvents: accepted(10), PutMetricData: json({}) });
    await tell(ENDED, 22_000);
    await tell(QUIET, 23_000);
    expect(lines.map((line) => line.message)).toEqual(
      expect.arrayContaining(['events are sent again', 'metrics are sent again']),
    );
    expect(sentEvents().at(-1)).toEqual([
      'NodeConditionChanged',
      'ClusterConditionChanged',
      'EvictionStarted',
      'EvictionStepped',
      'EvictionStepped',
      'ActHeld',
      'EvictionEnded',
    ]);
  });

  it('leaves a failing channel alone for a while, so that ticks stay fast', async () => {
    answer({ PutEvents: jsonError('AccessDeniedException', 'no') });
    await ticks([STARTING, STARTING, STARTING], 1_000);
    expect(inputsOf('PutEvents')).toHaveLength(1);
  });

  it('looks into a 200: repeats what was throttled, drops what is forbidden, says so', async () => {
    const ok = { EventId: 'e' };
    const entries = [
      ok,
      { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow' },
      { ErrorCode: 'NotAuthorizedForDetailTypeException', ErrorMessage: 'no' },
      ok,
      ok,
    ];
    answer({ PutEvents: [json({ FailedEntryCount: 2, Entries: entries }), accepted(1)] });
    await ticks([STARTING, { ...QUIET, inFlight: STARTING.inFlight }], 11_000);
    expect(warnings()).toEqual(['events cannot be sent']);
    expect(sentEvents()[1]).toEqual(['ClusterConditionChanged']);
  });

  it('sends at most ten events in one call', async () => {
    const changes = Array.from({ length: 12 }, () => STARTING.changes[0]!);
    await ticks([{ ...QUIET, changes }], 0);
    expect(sentEvents().map((names) => names.length)).toEqual([10, 2]);
  });

  it('tells a hold again that it told long ago: another invocation may have ended it', async () => {
    await ticks([HELD, HELD], 31_000);
    expect(sentEvents().flat()).toEqual(['ActHeld', 'ActHeld']);
  });

  // The last ones: what was given up may still arrive, and be taken for another test's.
  it.each<WireAnswer>(['silent', 'loseReply'])('never rejects: %s', async (reply) => {
    answer({ PutEvents: reply, PutMetricData: reply });
    await ticks([STARTING], 0);
    expect(warnings()).toHaveLength(2);
  });

  it('ends with the signal of its caller', async () => {
    await makeReporter().report(STARTING, AbortSignal.abort());
    expect(inputsOf('PutEvents')).toEqual([]);
    expect(warnings()).toHaveLength(2);
  });
});
