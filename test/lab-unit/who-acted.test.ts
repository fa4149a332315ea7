import { describe, expect, it } from 'vitest';
import { createJournal } from '../../lab/cloud/journal.ts';
import {
  answered,
  answersOf,
  type Doers,
  takenBy,
  watches,
} from '../../lab/scenarios/who-acted.ts';

type Call = readonly [who: string, action: string];

interface Answers {
  readonly busy?: number;
  readonly payloads?: readonly string[];
}

const doers = (calls: readonly Call[], functions: Readonly<Record<string, Answers>>): Doers => {
  const journal = createJournal(null);
  for (const [who, action] of calls) {
    const answer = { status: 200, code: null, ms: 1, fault: null };
    journal.record({ atMs: 1, who, service: 'any', action, parameters: '', ...answer });
  }
  const deployed = Object.entries(functions).map(([name, { busy = 0, payloads = [] }]) => {
    const invocations = payloads.map((payload) => ({ payload }));
    return [`quorate-prod-${name}`, { busy: () => busy, invocations }] as const;
  });
  return { stage: { region: { journal, lambda: { functions: new Map(deployed) } } } };
};

const ALARM = 'quorate-prod-alarm';
const BOTH = { schedule: {}, alarm: {} };

describe('who acted', () => {
  it('is one function, once; what the lab itself calls does not count', () => {
    const played = doers(
      [
        [ALARM, 'SendCommand'],
        ['lab', 'SendCommand'],
        [ALARM, 'Invoke'],
      ],
      BOTH,
    );
    expect(takenBy(played, 'alarm', ['SendCommand'])).toEqual([]);
  });

  it.each<readonly [string, readonly Call[], string]>([
    ['nobody', [], 'nobody'],
    ['somebody else', [['quorate-prod-schedule', 'SendCommand']], 'quorate-prod-schedule'],
    [
      'it twice',
      [
        [ALARM, 'SendCommand'],
        [ALARM, 'SendCommand'],
      ],
      `${ALARM}, ${ALARM}`,
    ],
  ])('is told when it was %s', (_, calls, callers) => {
    expect(takenBy(doers(calls, BOTH), 'alarm', ['SendCommand'])).toEqual([
      `SendCommand was called by ${callers}, not once by alarm`,
    ]);
  });

  it('is nobody where nothing is deployed', () => {
    expect(takenBy(doers([], {}), 'alarm', ['SendCommand'])).toHaveLength(1);
    expect(answersOf(doers([], {}), 'alarm')).toEqual([]);
  });
});

describe('who watched', () => {
  const TICKED = '{"fleets":{"api":{"ticks":40,"ended":"time"}}}';
  const LEFT = '{"fleets":{"api":"already watching: 1"}}';

  it('is who does still, or has ticked, and nobody who found somebody watching', () => {
    const watching = doers([], { alarm: { busy: 1, payloads: [LEFT] } });
    expect(watches(watching, 'alarm', 1)).toEqual([]);
    const over = doers([], { alarm: { payloads: [TICKED, LEFT, LEFT] } });
    expect(watches(over, 'alarm', 1)).toEqual([]);
  });

  it('is nobody, or one too many', () => {
    const none = doers([], { alarm: { payloads: [LEFT] } });
    expect(watches(none, 'alarm', 1)).toEqual(['alarm watched 0 times, not 1']);
    const two = doers([], { alarm: { busy: 1, payloads: [TICKED] } });
    expect(watches(two, 'alarm', 1)).toEqual(['alarm watched 2 times, not 1']);
  });
});

describe('how people were answered', () => {
  const played = doers([], { command: { payloads: ['{"ok":true}', '{"ok":false}'] } });

  it('is compared one by one, and what is missing is told', () => {
    expect(answered(played, [/"ok":true/, /"ok":false/])).toEqual([]);
    expect(answered(played, [/"ok":true/, /"ok":true/, /done/])).toEqual([
      'answer 2 to an order was {"ok":false}, not "ok":true',
      'answer 3 to an order was nothing, not done',
    ]);
  });
});
