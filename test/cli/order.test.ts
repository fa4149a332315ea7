import { hostname, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { NOW_MS, quorate, quorateAsked, watched } from './cli.ts';
import { type Answer, startFunctions } from './functions.ts';

const VICTIM = 'i-0a1b2c3d4e5f60002';
const EVICT = ['evict', VICTIM, '--reason', 'disk is full', '--request-id', 'r-1'] as const;

const ACCEPTED: Answer = {
  returns: { ok: true, answer: 'accepted', requestId: 'r-1', message: 'eviction 8 has begun' },
};

/** The order as the row shows it, and the rungs that have been climbed. */
const ordersWith = (
  status: string,
  rungs: readonly (readonly [rung: string, outcome: string])[] = [],
  lastTickMs = NOW_MS,
): Answer => ({
  returns: {
    ok: true,
    kind: 'orders',
    report: {
      fleet: 'api',
      orders: [
        {
          id: 'r-1',
          kind: 'evict',
          instanceId: VICTIM,
          by: 'ops',
          status,
          detail: 'eviction 8 is over',
          atMs: 1,
        },
      ],
      inFlight:
        rungs.length === 0
          ? null
          : {
              fence: 8,
              instanceId: VICTIM,
              startedAtMs: 1,
              isOut: rungs.length > 2,
              rungs: rungs.map(([rung, outcome]) => ({ rung, outcome, detail: '' })),
            },
      retirement: null,
      lastTickMs,
    },
  },
});

/** The command function accepts; the query function answers one after the other. */
const startWith = async (...answers: readonly Answer[]) => {
  const left = [...answers];
  return await startFunctions(({ functionName }) =>
    functionName.endsWith('-command') ? ACCEPTED : (left.shift() ?? ordersWith('done')),
  );
};

describe('quorate evict', () => {
  it('asks the deployed function, and follows the eviction until it is over', async () => {
    const asked = await startWith(
      ordersWith('accepted', [
        ['deregister', 'done'],
        ['kill', 'pending'],
      ]),
      ordersWith('accepted', [
        ['deregister', 'done'],
        ['kill', 'done'],
        ['replace', 'pending'],
      ]),
      ordersWith('done'),
    );

    const { exit, out, error } = await quorate(...EVICT, '--yes');

    expect([exit, out]).toEqual([0, 'done: eviction 8 is over']);
    expect(error.split('\n')).toEqual([
      `asking fleet api to evict ${VICTIM}, request id r-1`,
      'accepted: eviction 8 has begun',
      'eviction 8: deregister done',
      'eviction 8: kill pending',
      'eviction 8: kill done',
      'eviction 8: replace pending',
      'eviction 8: gone from every list',
      'done: eviction 8 is over',
    ]);
    expect(asked[0]).toEqual({
      functionName: 'quorate-prod-command',
      event: {
        kind: 'evict',
        fleet: 'api',
        instanceId: VICTIM,
        reason: 'disk is full',
        by: `${userInfo().username}@${hostname()}`,
        requestId: 'r-1',
      },
    });
    expect(asked.slice(1).map(({ functionName }) => functionName)).toEqual(
      Array.from({ length: 3 }, () => 'quorate-prod-query'),
    );
  });

  it('does not follow with --no-wait, and answers in JSON', async () => {
    const asked = await startWith();

    const { exit, out } = await quorate(...EVICT, '--yes', '--no-wait', '--json');

    expect([exit, JSON.parse(out)]).toEqual([
      0,
      { ok: true, answer: 'accepted', requestId: 'r-1', message: 'eviction 8 has begun' },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('makes a request id of its own, a new one each time', async () => {
    const asked = await startWith();
    const plain = EVICT.slice(0, 4);

    await quorate(...plain, '--yes', '--no-wait');
    await quorate(...plain, '--yes', '--no-wait');

    const ids = asked.map(({ event }) => String(event['requestId']));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  const refusals = {
    'is refused by a rail': ['refused', 1, 'refused: I3: no majority is left'],
    'is not decided in time': ['unknown', 3, 'cannot tell: I3: no majority is left'],
    'is wrong': ['wrong', 2, 'wrong: I3: no majority is left'],
  } as const;
  it.each(Object.entries(refusals))('that %s', async (_, [why, exit, words]) => {
    await startFunctions(() => ({
      returns: { ok: false, why, message: 'I3: no majority is left' },
    }));

    const ran = await quorate(...EVICT, '--yes');

    expect([ran.exit, ran.out, ran.error.split('\n').at(-1)]).toEqual([exit, '', words]);
  });

  it('whose answer is lost can tell nothing, and may be asked again', async () => {
    await startFunctions(() => ({ fails: 'timed out' }));

    const { exit, error } = await quorate(...EVICT, '--yes');

    expect(exit).toBe(3);
    expect(error).toContain('request id r-1');
    expect(error).toContain('quorate-prod-command failed (Unhandled)');
  });

  it('that nobody carries on any more is told, instead of being waited for', async () => {
    await startWith(ordersWith('accepted', [['kill', 'pending']], NOW_MS - 200_000));

    const { exit, error } = await quorate(...EVICT, '--yes');

    expect([exit, error.split('\n').at(-1)]).toEqual([
      3,
      'cannot tell: nobody watches the fleet any more: quorate status says since when',
    ]);
  });

  it('that was begun and is no longer under way is told, instead of being waited for', async () => {
    await startWith(ordersWith('accepted', [['kill', 'pending']]), ordersWith('accepted'));

    const { exit, error } = await quorate(...EVICT, '--yes');

    expect([exit, error.split('\n').at(-1)]).toEqual([
      3,
      'cannot tell: nothing of it is under way any more: quorate explain says how it stands',
    ]);
  });

  it('goes on following when one look fails', async () => {
    await startWith({ fails: 'throttled' }, ordersWith('done'));

    const { exit, error } = await quorate(...EVICT, '--yes');

    expect(exit).toBe(0);
    expect(error).toContain('waiting: quorate-prod-query failed');
  });
});

describe('quorate evict --local', () => {
  it('asks AWS itself, and orders nothing while AWS does not say who is there', async () => {
    const asked = await startFunctions(() => ({ status: 500, code: 'InternalFailure' }));
    const store = await watched();

    const { exit, out, error } = await quorate(...EVICT, '--yes', '--local', '--store', store);
    const { out: after } = await quorate('status', '--store', store);

    expect([exit, out]).toEqual([3, '']);
    expect(error.split('\n').at(-1)).toMatch(/^cannot tell: is it in the group\? /);
    expect(after).not.toContain('order');
    expect(asked.map(({ functionName }) => functionName)).not.toContain('quorate-prod-command');
  });
});

describe('quorate replace', () => {
  it('is the same with another kind', async () => {
    const asked = await startWith();

    const { exit } = await quorate('replace', VICTIM, '--reason', 'old', '--yes', '--no-wait');

    expect([exit, asked[0]?.event['kind']]).toEqual([0, 'replace']);
  });
});

describe('confirmation', () => {
  it('is the instance id, typed', async () => {
    const asked = await startWith();

    const right = await quorateAsked(` ${VICTIM}\n`, ...EVICT, '--no-wait');
    const wrong = await quorateAsked('yes', ...EVICT, '--no-wait');

    expect([right.exit, wrong.exit]).toEqual([0, 1]);
    expect(right.error).toContain(
      `evict ${VICTIM} of fleet api: this kills its member and replaces its instance`,
    );
    expect(wrong.error).toContain('refused: not confirmed');
    expect(asked).toHaveLength(1);
  });

  it('in a pipe is --yes and nothing else', async () => {
    const asked = await startWith();

    const { exit, error } = await quorate(...EVICT);

    expect([exit, error]).toEqual([
      2,
      `--yes is needed where nobody can be asked: this would evict ${VICTIM} of fleet api`,
    ]);
    expect(asked).toEqual([]);
  });
});

describe('an order that is written wrong', () => {
  const cases: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
    'without a reason': [['evict', VICTIM, '--yes'], /required option '--reason <text>'/],
    'with an empty reason': [['evict', VICTIM, '--yes', '--reason', ' '], /needs a reason/],
    'with shell characters for an id': [
      ['evict', 'i-1;reboot', '--yes', '--reason', 'x'],
      /needs an instance id such as i-0a1b2c3d4e5f60002, not "i-1;reboot"/,
    ],
    'with control characters in the reason': [
      ['evict', VICTIM, '--yes', '--reason', 'a\u001b[2Jb'],
      /needs a reason/,
    ],
    'with a request id of spaces': [
      ['evict', VICTIM, '--yes', '--reason', 'x', '--request-id', 'a b'],
      /needs a request id/,
    ],
    'without a node': [['evict', '--yes', '--reason', 'x'], /missing required argument 'node'/],
  };

  it.each(Object.entries(cases))('%s exits with 2 and asks nobody', async (_, [args, words]) => {
    const asked = await startWith();

    const { exit, out, error } = await quorate(...args);

    expect([exit, out, error]).toEqual([2, '', expect.stringMatching(words)]);
    expect(asked).toEqual([]);
  });
});
