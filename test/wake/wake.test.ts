import { describe, expect, it } from 'vitest';
import { wake } from '../../src/wake/wake.ts';
import { HEALTHY_THREE, POLICY, T0 } from '../core/world.ts';
import { FakeFleet } from '../fakes/fleet.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';
import { ACCOUNT, direct, message, notice, REGION, throughBus, throughTopic } from './alarms.ts';

const SPOT = 'EC2 Spot Instance Interruption Warning';
const STATE_CHANGE = 'EC2 Instance State-change Notification';

const setUp = () => {
  const clock = new VirtualClock(T0);
  const api = new FakeFleet(clock, HEALTHY_THREE);
  const web = new FakeFleet(clock, HEALTHY_THREE);
  const fleets = [
    { ...REST, name: 'api', group: 'api-servers', deps: api.deps() },
    { ...REST, name: 'api-1', group: 'web-servers', standby: GREEN, deps: web.deps() },
  ];
  const told: string[] = [];
  const alarm = async (event: unknown, id = 'alarm-1') =>
    await clock.run(
      wake(event, {
        fleets,
        clock,
        account: ACCOUNT,
        region: REGION,
        prefix: 'quorate-prod',
        id,
        untilMs: clock.nowMs() + 10_000,
        tell: (sentence) => void told.push(sentence),
      }),
    );
  const ticks = (): readonly number[] => [api.reports.length, web.reports.length];
  return { clock, api, web, told, alarm, ticks };
};

const GREEN = { group: 'web-green' };
const REST = { policy: POLICY, sessions: null, standby: null };

const about = { atMs: T0, dimensions: { Fleet: 'api' } };

describe('an alarm', () => {
  const forms = {
    'of its own action': direct(about),
    'through SNS': throughTopic(about),
    'through EventBridge': throughBus(about),
    'through EventBridge and SNS': message(JSON.stringify(throughBus(about))),
  };

  it.each(Object.entries(forms))('%s makes the loop look', async (_, event) => {
    const { alarm, ticks, told, api } = setUp();

    const woken = await alarm(event);

    expect(woken).toEqual({
      answer: 'woken',
      sentence: 'alarm silence is about api',
      fleets: { api: { ticks: expect.any(Number), ended: 'time' } },
    });
    expect(told).toEqual(['woken: alarm silence is about api']);
    expect(ticks()).toEqual([expect.any(Number), 0]);
    expect(api.reports.length).toBeGreaterThan(1);
    expect(api.store.row('api').lease).toBeNull();
  });

  it('does not push out whoever watches', async () => {
    const { alarm, ticks, api } = setUp();
    api.store.put('api', {
      lease: { holder: 'schedule-7', untilMs: T0 + 9_000 },
      watcher: { id: 'schedule-7', sinceMs: T0 - 20_000 },
    });

    const woken = await alarm(direct(about));

    expect(woken.fleets).toEqual({ api: 'already watching: schedule-7' });
    expect(api.store.row('api').watcher).toEqual({ id: 'schedule-7', sinceMs: T0 - 20_000 });
    expect(ticks()).toEqual([0, 0]);
  });

  it('twice is harmless: the second finds the first watching, or takes over from it', async () => {
    const { clock, api, told } = setUp();
    const context = {
      fleets: [{ ...REST, name: 'api', group: 'g', deps: api.deps() }],
      clock,
      account: ACCOUNT,
      region: REGION,
      prefix: 'quorate-prod',
      untilMs: T0 + 30_000,
      tell: (sentence: string) => void told.push(sentence),
    };
    const late = async () => {
      await clock.sleep(5_000);
      return await wake(direct(about), { ...context, id: 'late' });
    };

    const [one, other, third] = await clock.run(
      Promise.all([
        wake(direct(about), { ...context, id: 'one' }),
        wake(direct(about), { ...context, id: 'other' }),
        late(),
      ]),
    );

    const ends = [one, other].map(({ fleets }) => fleets['api']);
    expect(ends).toContainEqual({ ticks: expect.any(Number), ended: 'time' });
    expect(ends).toContainEqual(expect.objectContaining({ ended: 'superseded' }));
    expect(third.fleets['api']).toMatch(/^already watching: (one|other)$/);
    expect(api.acts).toEqual([]);
  });

  it('begins nothing while the store is down: nobody knows who watches', async () => {
    const { alarm, ticks, api } = setUp();
    api.store.down = true;

    const { fleets } = await alarm(direct(about));

    expect(fleets).toEqual({ api: 'not begun: the store is down' });
    expect(ticks()).toEqual([0, 0]);
  });
});

describe('whom an alarm is about', () => {
  const composite = { alarmRule: 'ALARM("quorate-prod-api-cpu") OR ALARM(quorate-prod-api-1-cpu)' };
  const triggering = JSON.stringify({
    triggeringAlarms: [
      { arn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:quorate-prod-api-1-cpu`, state: {} },
    ],
  });
  const math = {
    metrics: [
      { id: 'e1', expression: 'm1/m2', label: 'share', returnData: true },
      {
        id: 'm1',
        metricStat: { metric: { namespace: 'X', name: 'Y', dimensions: { Fleet: 'api' } } },
      },
    ],
  };
  const topicMath = {
    Metrics: [
      { Id: 'e1', Expression: 'm1/m2' },
      { Id: 'm1', MetricStat: { Metric: { Dimensions: [{ value: 'api', name: 'Fleet' }] } } },
    ],
  };
  const cases: Readonly<Record<string, readonly [object, readonly string[]]>> = {
    'the dimension Fleet': [direct(about), ['api']],
    'the group of the standby': [
      direct({ atMs: T0, dimensions: { AutoScalingGroupName: 'web-green' } }),
      ['api-1'],
    ],
    'the dimension AutoScalingGroupName': [
      direct({ atMs: T0, dimensions: { AutoScalingGroupName: 'web-servers' } }),
      ['api-1'],
    ],
    'its name': [direct({ atMs: T0, name: 'quorate-prod-api' }), ['api']],
    'its name, the longest fleet that fits': [
      direct({ atMs: T0, name: 'quorate-prod-api-1-silent' }),
      ['api-1'],
    ],
    'the children of a composite alarm': [
      throughBus({ atMs: T0, name: 'all', configuration: composite }),
      ['api', 'api-1'],
    ],
    'the child that made a composite alarm go off': [
      direct({ atMs: T0, name: 'all', configuration: composite, reasonData: triggering }),
      ['api-1'],
    ],
    'a metric of an expression': [direct({ atMs: T0, configuration: math }), ['api']],
    'a metric of an expression, through SNS': [
      throughTopic({ atMs: T0, configuration: topicMath }),
      ['api'],
    ],
  };

  it.each(Object.entries(cases))('is told by %s', async (_, [event, fleets]) => {
    const { alarm } = setUp();

    const woken = await alarm(event);

    expect([woken.answer, Object.keys(woken.fleets)]).toEqual(['woken', fleets]);
  });

  it('is told by an instance that the fleet knows, of notices too', async () => {
    const { alarm, web, api } = setUp();
    await alarm(direct({ atMs: T0, dimensions: { AutoScalingGroupName: 'web-servers' } }));

    const byAlarm = await alarm(direct({ atMs: T0, dimensions: { InstanceId: 'i-2' } }));
    const bySpot = await alarm(
      notice(SPOT, T0, { 'instance-id': 'i-2', 'instance-action': 'stop' }),
    );
    const byStop = await alarm(
      notice(STATE_CHANGE, T0, { 'instance-id': 'i-2', state: 'stopping' }),
    );

    expect([byAlarm, bySpot, byStop].map(({ fleets }) => Object.keys(fleets))).toEqual([
      ['api-1'],
      ['api-1'],
      ['api-1'],
    ]);
    expect(web.acts).toEqual([]);
    expect(api.reports).toEqual([]);
  });

  it('is nobody here: refused, with what would name one', async () => {
    const { alarm, told } = setUp();

    const strangers = [
      direct({ atMs: T0, dimensions: { Fleet: 'shop' } }),
      direct({ atMs: T0, dimensions: { AutoScalingGroupName: 'other' } }),
      direct({ atMs: T0, name: 'quorate-prod-apis' }),
      notice(SPOT, T0, { 'instance-id': 'i-99' }),
    ];
    const answers = [];
    for (const event of strangers) answers.push((await alarm(event)).answer);

    expect(answers).toEqual(strangers.map(() => 'refused'));
    expect(told[0]).toBe(
      'refused: alarm silence: it names no fleet of this deployment (api, api-1): give its metric the dimension Fleet or AutoScalingGroupName, or name it quorate-prod-FLEET-...',
    );
  });
});

describe('an event that must not wake anybody', () => {
  const cases: Readonly<Record<string, readonly [unknown, string, RegExp]>> = {
    'an alarm that is over': [direct({ ...about, state: 'OK' }), 'ignored', /its state is OK/],
    'an alarm without data': [
      throughTopic({ ...about, state: 'INSUFFICIENT_DATA' }),
      'ignored',
      /only ALARM wakes/,
    ],
    'an alarm of two minutes ago': [
      throughBus({ ...about, atMs: T0 - 121_000 }),
      'ignored',
      /it is 121 s old/,
    ],
    'an alarm of the future': [
      direct({ ...about, atMs: T0 + 600_000 }),
      'ignored',
      /has not come yet/,
    ],
    'an alarm of another account': [
      direct({ ...about, account: '999999999999' }),
      'refused',
      /another account/,
    ],
    'an alarm whose ARN is of another account': [
      { ...direct(about), alarmArn: 'arn:aws:cloudwatch:eu-central-1:999999999999:alarm:x' },
      'refused',
      /another account/,
    ],
    'an alarm of another region': [
      throughBus({ ...about, region: 'us-east-1' }),
      'refused',
      /another region/,
    ],
    'an alarm of another account through our topic': [
      throughTopic({ ...about, account: '999999999999' }),
      'refused',
      /another account/,
    ],
    'an instance that comes': [
      notice(STATE_CHANGE, T0, { 'instance-id': 'i-1', state: 'running' }),
      'ignored',
      /no trouble/,
    ],
    'an instance id with shell characters': [
      notice(SPOT, T0, { 'instance-id': 'i-1;reboot' }),
      'refused',
      /neither a CloudWatch alarm/,
    ],
    'a time that is none': [
      {
        ...throughBus(about),
        detail: { alarmName: 'x', state: { value: 'ALARM', timestamp: '?' } },
      },
      'refused',
      /neither/,
    ],
    'a message that is no JSON': [message('Hello'), 'refused', /neither/],
    'a tick': [{ fleet: 'api', scheduledAt: '2026-11-23T10:00:00Z' }, 'refused', /neither/],
    nothing: [null, 'refused', /neither/],
  };

  it.each(Object.entries(cases))('%s', async (_, [event, answer, words]) => {
    const { alarm, ticks, api, told } = setUp();

    const woken = await alarm(event);

    expect(woken).toEqual({ answer, sentence: expect.stringMatching(words), fleets: {} });
    expect(told).toEqual([`${answer}: ${woken.sentence}`]);
    expect([ticks(), api.store.row('api').version]).toEqual([[0, 0], 0]);
  });
});
