/** `quorate failover` and `quorate abort`: what is asked of the deployment, and what a person is told. */
import { describe, expect, it } from 'vitest';
import type { Failover } from '../../src/core/failover-ledger.ts';
import { NOW_MS, quorate, quorateAsked, watched } from './cli.ts';
import { type Answer, startFunctions } from './functions.ts';

const ORDER = ['--reason', 'new version', '--request-id', 'r-1'] as const;

const accepts: Answer = {
  returns: { ok: true, answer: 'accepted', requestId: 'r-1', message: 'move begun' },
};

const STORY = {
  fence: 4,
  orderId: 'r-1',
  path: 'move',
  phase: 'copy',
  words: 'waits for the sessions to be carried once',
  expected: 'nothing',
  undoneFor: null,
  startedAtMs: NOW_MS,
};

const ordersWith = (status: string, failover: object | null, detail = 'done'): Answer => ({
  returns: {
    ok: true,
    kind: 'orders',
    report: {
      fleet: 'api',
      orders: [
        { id: 'r-1', kind: 'move', instanceId: null, by: 'ops', status, detail, atMs: NOW_MS },
      ],
      inFlight: null,
      retirement: null,
      failover,
      lastTickMs: NOW_MS,
    },
  },
});

const startWith = async (...answers: readonly Answer[]) => {
  const left = [...answers];
  return await startFunctions(({ functionName }) =>
    functionName.endsWith('-command') ? accepts : (left.shift() ?? ordersWith('done', null)),
  );
};

const REPORT = {
  fleet: 'api',
  atMs: NOW_MS,
  mode: 'act',
  verdict: 'fine',
  cluster: { condition: 'Quorate', meaning: 'all is well', because: 'all seats are held' },
  kind: 'failover',
  path: 'move',
  because: 'asked for',
  expected: 'no session that can be read',
  vault: null,
  steps: ['launch: 3 instances on the green side', 'switch: all users go to the green side'],
  notCarried: ['every map but sessions'],
  against: [],
  answer: { status: 'accepted', detail: 'move begun' },
  caveats: [],
};

describe('quorate failover --dry-run', () => {
  const told = (report: object): Answer => ({
    returns: { ok: true, kind: 'failover', report: { ...REPORT, ...report } },
  });

  it('asks, orders nothing, and tells the way, its steps and what would be lost', async () => {
    const asked = await startFunctions(() => told({}));
    const { exit, out } = await quorate('failover', '--dry-run');
    expect(asked).toEqual([
      {
        functionName: 'quorate-prod-query',
        event: { kind: 'failover', fleet: 'api', order: 'failover' },
      },
    ]);
    expect(exit).toBe(0);
    expect(out.split('\n')).toEqual([
      'api  Quorate: all seats are held',
      '',
      'way        a move to the other side',
      'because    asked for',
      'would do   launch: 3 instances on the green side',
      '           switch: all users go to the green side',
      'lost       no session that can be read',
      'not moved  every map but sessions',
      '',
      'an order   accepted: move begun',
    ]);
  });

  it('is of a cluster that works with --planned, and fails where an order would', async () => {
    const refused = { status: 'refused', detail: 'I5: the fleet is in shadow mode' };
    const asked = await startFunctions(() => told({ verdict: 'unhealthy', answer: refused }));
    const { exit, out } = await quorate('failover', '--dry-run', '--planned', '--json');
    expect(asked[0]?.event).toMatchObject({ order: 'move' });
    expect([exit, JSON.parse(out)]).toMatchObject([1, { answer: refused }]);
  });
});

describe('quorate failover', () => {
  it('orders, and follows the failover until it is over', async () => {
    const asked = await startWith(
      ordersWith('accepted', STORY),
      ordersWith('accepted', { ...STORY, words: 'lets the old side answer the calls that it has' }),
      ordersWith('done', null),
    );
    const { exit, out, error } = await quorate('failover', '--planned', ...ORDER, '--yes');
    expect(asked[0]).toMatchObject({
      functionName: 'quorate-prod-command',
      event: { kind: 'move', fleet: 'api', reason: 'new version', requestId: 'r-1' },
    });
    expect(asked[0]?.event).not.toHaveProperty('instanceId');
    expect([exit, out]).toEqual([0, 'done: done']);
    expect(error.split('\n')).toEqual([
      'asking fleet api to move to the other side, request id r-1',
      'accepted: move begun',
      'failover 4: waits for the sessions to be carried once',
      'failover 4: lets the old side answer the calls that it has',
      'done: done',
    ]);
  });

  it('is refused when it was undone, with the reason', async () => {
    await startWith(
      ordersWith('accepted', { ...STORY, undoneFor: 'it does not form' }),
      ordersWith('refused', null, 'undone: it does not form'),
    );
    const { exit, error } = await quorate('failover', ...ORDER, '--yes');
    expect(exit).toBe(1);
    expect(error).toContain('because it does not form');
    expect(error).toContain('refused: undone: it does not form');
  });

  it('asks a person to type the fleet, and needs a reason', async () => {
    const asked = await startWith();
    expect((await quorateAsked('web', 'failover', ...ORDER)).exit).toBe(1);
    expect((await quorate('failover', ...ORDER)).exit).toBe(2);
    expect((await quorate('failover', '--yes')).exit).toBe(2);
    expect(asked).toEqual([]);
    expect((await quorateAsked('api', 'failover', ...ORDER)).exit).toBe(0);
  });
});

describe('quorate abort', () => {
  it('orders that, by the same way', async () => {
    const asked = await startWith();
    const { exit } = await quorate('abort', ...ORDER, '--yes', '--no-wait');
    expect(asked).toMatchObject([{ event: { kind: 'abort', fleet: 'api' } }]);
    expect(exit).toBe(0);
    expect((await quorate('abort', '--yes')).exit).toBe(2);
  });
});

it('quorate status tells a failover under way', async () => {
  const failover: Failover = {
    fence: 4,
    path: 'move',
    because: 'two of three hang',
    expected: 'about 33 % of the sessions',
    begunBy: 'loss',
    orderId: null,
    from: 'blue',
    to: 'green',
    size: 3,
    startedAtMs: NOW_MS - 95_000,
    phase: 'form',
    phaseSinceMs: NOW_MS - 40_000,
    undoneFor: null,
    changed: [],
    courier: null,
    isolatedAtMs: 0,
    undoes: null,
    isSwitchAsked: false,
    isPlanned: false,
    abortedFor: null,
    side: null,
  };
  const { exit, out } = await quorate('status', '--store', await watched({ failover }));
  expect(exit).toBe(1);
  expect(out).toContain(
    [
      'failover   4 from blue to green, 1m 35s',
      '           form for 40s: waits for the newcomers to find each other',
      '           two of three hang',
      '           expected to be lost: about 33 % of the sessions',
    ].join('\n'),
  );
});
