import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/report/explain.ts';
import { planOf } from '../../src/report/plan.ts';
import { probeReport } from '../../src/report/probe.ts';
import {
  HEALTHY_THREE,
  quorate as healthy,
  hung,
  instance,
  inventoryOf,
  play,
  T0,
  withVictim,
} from '../core/world.ts';
import { lookAt } from '../report/look.ts';
import { newFile, quorate, watched } from './cli.ts';
import { startFunctions } from './functions.ts';

const hanging = withVictim(hung);
const SICK = lookAt(hanging, {
  state: play([{ fromMs: T0 + 1_000, scene: hanging }], T0 + 4_000, { state: healthy() }).at(-1)!
    .state,
  nowMs: T0 + 5_000,
});
const replyOf = (kind: string, report: unknown) => ({ returns: { ok: true, kind, report } });
const columnsOf = (out: string): number => Math.max(...out.split('\n').map((line) => line.length));

describe('quorate plan', () => {
  it('asks the deployed function, and says what would be done', async () => {
    const asked = await startFunctions(() => replyOf('plan', planOf(SICK)));

    const { exit, out } = await quorate('plan');

    expect(asked).toEqual([
      { functionName: 'quorate-prod-query', event: { kind: 'plan', fleet: 'api' } },
    ]);
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'api  Quorate: 2 of 3 seats work together',
        '',
        'would do   nothing: nothing is due',
        'next look  in 1s',
        '',
        'i-3  10.0.0.3  Healthy',
        'because    does not answer, yet the core lists it',
        'tolerance  6s left',
        'held by    no rail',
      ].join('\n'),
    );
  });

  it('of a fleet that is well is fine, in JSON as well', async () => {
    const report = planOf(lookAt(HEALTHY_THREE));
    await startFunctions(() => replyOf('plan', report));

    const { exit, out } = await quorate('plan', '--json');

    expect([exit, JSON.parse(out)]).toEqual([0, report]);
  });

  it('says what it would do, what holds it, and what one look cannot know', async () => {
    const look = lookAt(hanging, {
      state: play([{ fromMs: T0 + 1_000, scene: hanging }], T0 + 10_000, { state: healthy() }).at(
        -1,
      )!.state,
      nowMs: T0 + 11_000,
      lease: null,
    });
    const shadow = lookAt(hanging, {
      state: look.before,
      nowMs: T0 + 11_000,
      policy: { ...look.policy, mode: 'shadow' },
    });
    const reports = [planOf(look), planOf(shadow)];
    await startFunctions(() => replyOf('plan', reports.shift()));

    const act = await quorate('plan');
    const held = await quorate('plan');

    expect(act.out).toContain(
      [
        'would do   deregister i-3 (10.0.0.3)',
        '           kill i-3 (10.0.0.3)',
        'because    evict',
        'before     one more look: if it works again, nothing is done',
      ].join('\n'),
    );
    expect(act.out).toContain(
      'note       nobody watches now: what is due waits for the next minute',
    );
    expect(held.out).toContain(
      [
        'would do   nothing',
        'held by    I5: the fleet is in shadow mode',
        'in act     deregister i-3 (10.0.0.3)',
        '           kill i-3 (10.0.0.3)',
      ].join('\n'),
    );
    expect([act.exit, held.exit]).toEqual([1, 1]);
  });
});

describe('quorate explain', () => {
  it('says why a node is what it is, in 80 columns', async () => {
    const asked = await startFunctions(() => replyOf('explain', explain(SICK, 'i-3')));

    const { exit, out } = await quorate('explain', 'i-3', '--stage', 'test');

    expect(asked).toEqual([
      {
        functionName: 'quorate-test-query',
        event: { kind: 'explain', fleet: 'api', instanceId: 'i-3' },
      },
    ]);
    expect(exit).toBe(0);
    expect(columnsOf(out)).toBeLessThanOrEqual(80);
    expect(out.split('\n').slice(2)).toEqual([
      expect.stringMatching(/^i-3 {2}10\.0\.0\.3 {2}Healthy for \d+s$/),
      'means      works and is listed by the core',
      'because    does not answer, yet the core lists it',
      'seen by    probe-a: fails; tcp connects in 1 ms; health no answer in 1000 ms;',
      '           view no answer in 1000 ms; canary off; application no answer in 1000',
      '           ms',
      expect.stringMatching(/^seen by {4}probe-b: fails/),
      expect.any(String),
      expect.any(String),
      'tolerance  probe-a: silence for 4s, 6s left',
      'tolerance  probe-b: silence for 4s, 6s left',
      'lists      10.0.0.1, 10.0.0.2, 10.0.0.3',
      'listed by  i-1, i-2',
      'AWS        EC2 running, Auto Scaling InService, load balancer healthy, agent',
      '           online',
      'held by    no rail',
      'next       in 6 s its tolerance is over; if it still fails then and the',
      '           witnesses agree, it is evicted',
    ]);
  });
});

describe('quorate probe', () => {
  it('says what every observer sees', async () => {
    const inventory = inventoryOf([1, 2, 3].map((n) => instance(n)));
    const report = probeReport('api', SICK.observation, inventory, null);
    await startFunctions(() => replyOf('probe', report));

    const { exit, out } = await quorate('probe');

    expect(exit).toBe(1);
    expect(out).toContain('api  one round, 3 nodes\n\ni-1  10.0.0.1  works\n');
    expect(out).toContain('\ni-3  10.0.0.3  fails\n');
    expect(columnsOf(out)).toBeLessThanOrEqual(80);
  });
});

describe('a look that fails', () => {
  const cases = {
    'the function is not there': [
      { status: 404, code: 'ResourceNotFoundException' },
      3,
      'cannot tell: there is no function quorate-prod-query in this region: is --stage right? --local asks without it',
    ],
    'the person may not': [
      { status: 403, code: 'AccessDeniedException' },
      3,
      /AWS denied lambda:InvokeFunction \(AccessDeniedException\)/,
    ],
    'the function broke': [{ fails: 'out of ideas' }, 3, /quorate-prod-query failed \(Unhandled\)/],
    'the function is of another version': [
      { returns: { ok: true, kind: 'plan', report: { hello: 1 } } },
      3,
      /its answer makes no sense here: is the deployed version another one/,
    ],
    'the store is down': [
      { returns: { ok: false, why: 'unknown', message: 'the state store cannot be used' } },
      3,
      'cannot tell: the state store cannot be used',
    ],
    'the fleet is not deployed': [
      { returns: { ok: false, why: 'wrong', message: 'there is no fleet api, only: web' } },
      2,
      'wrong: there is no fleet api, only: web',
    ],
    'the node is of another fleet': [
      { returns: { ok: false, why: 'refused', message: 'it is not in fleet api' } },
      1,
      'refused: it is not in fleet api',
    ],
  } as const;

  it.each(Object.entries(cases))('%s', async (_, [answer, exit, words]) => {
    await startFunctions(() => answer);

    const ran = await quorate('plan');
    const machine = await quorate('plan', '--json');

    expect([ran.exit, ran.out]).toEqual([exit, '']);
    expect(ran.error).toMatch(words);
    expect([machine.exit, JSON.parse(machine.out)]).toEqual([
      exit,
      expect.objectContaining({ ok: false }),
    ]);
  });

  it('from this machine: the store that is not there is out of reach', async () => {
    const { exit, error } = await quorate('plan', '--local', '--store', `file:${newFile()}`);

    expect([exit, error]).toEqual([3, expect.stringContaining('cannot tell: there is no file')]);
  });

  it('from this machine: a row that is corrupt is told, and not touched', async () => {
    const store = await watched();
    const file = new DatabaseSync(store.slice('file:'.length));
    file.exec(`UPDATE fleets SET state = '{"schema":1,"nodes":'`);

    const ran = [
      await quorate('plan', '--local', '--store', store),
      await quorate('explain', '--local', '--store', store),
    ];

    const row = file.prepare('SELECT state FROM fleets').get();
    file.close();
    expect(ran).toEqual(
      ran.map(() => ({
        exit: 3,
        out: '',
        error: expect.stringMatching(/^cannot tell: the state of fleet "api" is not JSON: restore/),
      })),
    );
    expect(row).toEqual({ state: '{"schema":1,"nodes":' });
  });

  it('from this machine: AWS that does not answer is told, and nothing is written', async () => {
    await startFunctions(() => ({ status: 500, code: 'InternalFailure' }));
    const store = await watched();

    const { exit, out } = await quorate('plan', '--local', '--store', store);

    expect(exit).toBe(3);
    expect(out).toMatch(/^api {2}Unknown: /);
    expect(out).toContain('AWS does not say who is there');
  });
});
