import { describe, expect, it } from 'vitest';
import type { Eviction } from '../../src/core/model.ts';
import { NOW_MS, newFile, quorate, TWO_FLEETS, watched } from './cli.ts';

const VICTIM = 'i-0a1b2c3d4e5f60002';

const EVICTION: Eviction = {
  fence: 7,
  instanceId: VICTIM,
  address: '10.77.2.4',
  condition: 'Zombie',
  failingSinceMs: NOW_MS - 12_000,
  startedAtMs: NOW_MS - 4_000,
  confirmedAtMs: NOW_MS - 4_000,
  evictedAtMs: null,
  begunBy: 'tolerance',
  orderId: null,
  rungs: [
    {
      rung: 'deregister',
      startedAtMs: NOW_MS - 4_000,
      deadlineMs: NOW_MS,
      outcome: 'skipped',
      detail: 'the last target that serves',
      commandId: null,
    },
    {
      rung: 'kill',
      startedAtMs: NOW_MS - 3_000,
      deadlineMs: NOW_MS + 3_000,
      outcome: 'pending',
      detail: `sent\u001b[31m ${'x'.repeat(200)}`,
      commandId: 'c-1',
    },
  ],
};

describe('quorate status', () => {
  it('shows a healthy fleet', async () => {
    const { exit, out } = await quorate('status', '--store', await watched());

    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'api  Quorate for 2h 00m, 2 of 2 seats held',
        '',
        'node                 address          condition    since',
        'i-0a1b2c3d4e5f60001  10.77.1.4        Healthy      2h 00m',
        'i-0a1b2c3d4e5f60002  10.77.2.4        Healthy      2h 00m',
        '',
        'in flight  nothing',
        'pause      none',
        'lease      invocation-1, 9s left',
        'last tick  2s ago',
      ].join('\n'),
    );
  });

  it('shows what is in flight, in 80 columns and without control characters', async () => {
    const store = await watched({ cluster: 'Degraded', inFlight: EVICTION });

    const { exit, out } = await quorate('status', '--store', store);

    expect(exit).toBe(1);
    const lines = out.split('\n');
    expect(lines).toContain(`in flight  eviction 7 of ${VICTIM} (Zombie), 4s`);
    expect(lines).toContain('           deregister skipped: the last target that serves');
    expect(out).toContain('           kill       pending, 3s left: sent?[31m xxx');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(out.split('').filter((char) => char < ' ' && char !== '\n')).toEqual([]);
  });

  it('shows what people asked for, what is replaced in good order, and what stands on other hosts', async () => {
    const store = await watched({
      orders: [
        {
          id: 'r-1',
          kind: 'replace',
          instanceId: VICTIM,
          by: 'ops@desk',
          status: 'accepted',
          detail: 'replace begun',
          atMs: NOW_MS - 65_000,
        },
      ],
      retirement: {
        fence: 8,
        instanceId: VICTIM,
        address: '10.77.2.4',
        because: 'asked for by ops@desk: old',
        orderId: 'r-1',
        startedAtMs: NOW_MS - 60_000,
        desired: 2,
        veterans: [],
        phase: 'spare',
        phaseSinceMs: NOW_MS - 60_000,
        isAsked: true,
        commandId: null,
      },
      fences: [
        {
          fence: 7,
          instanceId: 'i-0a1b2c3d4e5f60003',
          address: '10.77.3.4',
          isMaster: false,
          untilMs: NOW_MS + 60_000,
          hosts: [
            {
              instanceId: 'i-0a1b2c3d4e5f60001',
              wanted: 'lift',
              status: 'asked',
              askedAtMs: NOW_MS,
              commandId: 'c-1',
              detail: '',
            },
          ],
        },
      ],
    });

    const { exit, out } = await quorate('status', '--store', store);

    expect(exit).toBe(1);
    expect(out).toContain(
      [
        `retiring   ${VICTIM}, 1m 00s: waits for a spare to work in the core`,
        '           asked for by ops@desk: old',
        'fenced     i-0a1b2c3d4e5f60003 by number 7: i-0a1b2c3d4e5f60001 lift asked',
        `order      replace ${VICTIM} accepted, by ops@desk, 1m 05s ago`,
        '           replace begun',
      ].join('\n'),
    );
  });

  it('says what it cannot see: canaries that nobody gets a connection for', async () => {
    const store = await watched({ muteSinceMs: NOW_MS - 92_000 });

    const { exit, out } = await quorate('status', '--store', store);
    const machine = await quorate('status', '--store', store, '--json');

    expect(exit).toBe(0);
    const [, note = ''] = out.split('\nnote');
    expect(note.replaceAll(/\s+/g, ' ')).toContain(
      'stuck members cannot be named: for 90 s no canary has got a connection to any member; set member.cluster',
    );
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(JSON.parse(machine.out)).toMatchObject({
      caveats: [expect.stringMatching(/^stuck members cannot be named: /)],
    });
  });

  it('answers in JSON', async () => {
    const store = await watched({ cluster: 'Degraded', inFlight: EVICTION });

    const { exit, out } = await quorate('status', '--store', store, '--json');

    expect(exit).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      fleet: 'api',
      verdict: 'unhealthy',
      isStale: false,
      cluster: { condition: 'Degraded', sinceMs: NOW_MS - 7_200_000 },
      nodes: [
        { instanceId: 'i-0a1b2c3d4e5f60001', address: '10.77.1.4', condition: 'Healthy' },
        { instanceId: VICTIM },
      ],
      inFlight: { fence: 7, instanceId: VICTIM },
      pause: null,
      lease: { holder: 'invocation-1' },
      caveats: [],
    });
  });
});

describe('quorate status cannot tell', () => {
  it('when the last tick is old', async () => {
    const { exit, out } = await quorate(
      'status',
      '--store',
      await watched({ lastTickMs: NOW_MS - 300_000 }),
    );

    expect(exit).toBe(3);
    expect(out).toContain('Nobody has watched for 5m 00s: what follows is that old.');
  });

  it.each(['Blind', 'Unknown'] as const)('when the cluster is %s', async (cluster) => {
    const { exit } = await quorate('status', '--store', await watched({ cluster }));

    expect(exit).toBe(3);
  });

  it('when the fleet has not been watched yet', async () => {
    const { exit, out } = await quorate(
      'status',
      '--store',
      await watched(),
      '--fleets',
      TWO_FLEETS,
      '--fleet',
      'web',
    );

    expect([exit, out.split('\n')[0]]).toEqual([3, 'fleet web has not been watched yet']);
  });

  it('when the store is out of reach, in JSON as well, and makes no file', async () => {
    const store = `file:${newFile()}`;
    const plain = await quorate('status', '--store', store);
    const json = await quorate('status', '--store', store, '--json');

    expect([plain.exit, json.exit]).toEqual([3, 3]);
    expect(plain.error).toBe(`cannot tell: there is no file ${store.slice(5)}`);
    expect(JSON.parse(json.out)).toMatchObject({ fleet: 'api', verdict: 'unknown' });
  });
});

describe('wrong usage', () => {
  const table: Readonly<Record<string, readonly string[]>> = {
    'an unknown command': ['stauts'],
    'an unknown option': ['status', '--colour'],
    'a store of an unknown kind': ['status', '--store', 'redis:x'],
    'a fleet that is not in the file': ['status', '--fleet', 'wbe'],
    'no fleet named where there are two': ['status', '--fleets', TWO_FLEETS],
    'a pause for no duration': ['pause', '--for', 'ever'],
  };

  it.each(Object.entries(table))('%s exits with 2', async (_, args) => {
    const { exit, error, out } = await quorate(...args);

    expect(exit).toBe(2);
    expect(error).not.toBe('');
    expect(out).toBe('');
  });

  it('help is no wrong usage', async () => {
    const { exit, out } = await quorate('--help');

    expect(exit).toBe(0);
    expect(out).toContain('Exit codes: 0 fine, 1 unhealthy or refused, 2 wrong usage');
  });

  it('a misspelt fleet is told with those that exist', async () => {
    const { error } = await quorate('status', '--fleets', TWO_FLEETS, '--fleet', 'wbe');

    expect(error).toContain('has no fleet wbe, only: api, web');
  });
});

describe('a fleets file that is wrong', () => {
  const commands = [
    ['status'],
    ['plan'],
    ['pause'],
    ['failover', '--dry-run'],
    ['watch'],
    ['evict', 'i-0a1b2c3d4e5f60002', '--reason', 'why', '--yes'],
  ];

  it.each(commands)('is told in JSON by %s, with file, line and field', async (...args) => {
    const file = newFile('fleets:\n  api: { group: api, networks: [10.77.0.0/16], mode: acts }\n');

    const { exit, out, error } = await quorate(...args, '--fleets', file, '--json');

    expect([exit, error]).toEqual([2, '']);
    const answer = JSON.parse(out) as Readonly<Record<string, unknown>>;
    expect(answer).toMatchObject({ ok: false, why: 'wrong' });
    expect(answer['problems']).toContainEqual({
      file,
      line: 2,
      path: 'fleets.api.mode',
      message: 'found "acts"; allowed: shadow, act (did you mean act?)',
    });
  });

  it('that is not there is a problem of the file as a whole', async () => {
    const { exit, out } = await quorate('status', '--fleets', 'none.yml', '--json');

    expect([exit, JSON.parse(out)]).toMatchObject([
      2,
      { problems: [{ file: 'none.yml', line: null, path: null }] },
    ]);
  });

  it.each([
    [['status', '--fleet', 'wbe'], 'has no fleet wbe, only: api'],
    [['status', '--store', 'redis:x'], '--store is file:PATH or dynamodb:TABLE, not redis:x'],
  ])('as other wrong usage is: %s', async (args, words) => {
    const { exit, out, error } = await quorate(...args, '--json');

    expect([exit, error]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({
      why: 'wrong',
      message: expect.stringContaining(words),
    });
  });
});
