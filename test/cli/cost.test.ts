import { describe, expect, it } from 'vitest';
import { newFile, quorate } from './cli.ts';

const FLEETS = newFile(`
fleets:
  tiny:
    group: tiny
    networks: [10.77.0.0/16]
    member: { service: tiny.service }
    policy: { tickEvery: 5s, suspectTickEvery: 1s }
  slow:
    group: slow
    networks: [10.77.0.0/16]
    member: { service: slow.service }
    policy: { tickEvery: 60s, suspectTickEvery: 60s, blindGap: 3m, silenceTolerance: 3m, faultTolerance: 2m }
`);

const lambda = (name: string, memory: number, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { FunctionName: `quorate-test-${name}`, MemorySize: memory, ...more },
});
const alarm = (dimension: string, value: unknown) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { Dimensions: [{ Name: dimension, Value: value }] },
});
const template = (alarms: object): string =>
  newFile(
    JSON.stringify({
      Resources: {
        Table: { Type: 'AWS::DynamoDB::Table' },
        Schedule: lambda('schedule', 128),
        ProbeA: lambda('probe-a', 1_024, { VpcConfig: { SubnetIds: ['subnet-1'] } }),
        Courier: lambda('courier', 1_024, { VpcConfig: { SubnetIds: ['subnet-1'] } }),
        Query: lambda('query', 512),
        Dead: alarm('QueueName', { 'Fn::GetAtt': ['DeadLetters', 'QueueName'] }),
        ...alarms,
      },
    }),
  );
const TEMPLATE = template({
  One: alarm('Fleet', 'tiny'),
  Two: alarm('Fleet', 'tiny'),
  Three: alarm('Fleet', 'slow'),
});

const ask = async (...more: readonly string[]) =>
  await quorate('check', FLEETS, '--cost', '--template', TEMPLATE, ...more);

describe('quorate check --cost', () => {
  it('shows every product, its factors and the sum', async () => {
    const { exit, out } = await ask('--region', 'us-east-1');

    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'US dollars a month in us-east-1, 3 nodes a fleet, list prices of 2026-11, no free tier',
        '',
        'tiny  watchful',
        '  schedule                   0.04  = 43,800 x $1 a million',
        '  controller, invocations    0.01  = 43,800 x $0.2 a million',
        '  controller, GB-seconds     4.47  = 43,800 x 61.3 s x 0.125 GB x $0.0000133334',
        '  prober 1, invocations      0.11  = 525,600 x $0.2 a million',
        '  prober 1, GB-seconds       0.45  = 525,600 x 0.064 s x 1 GB x $0.0000133334',
        '  state, writes              0.38  = 43,800 minutes x 14 x 1 of 1 KB x $0.625 a million',
        '  state, reads               0.08  = 43,800 minutes x 15.3 x 1 of 4 KB x $0.125 a million',
        '  metrics                    1.50  = 5 x $0.3',
        '  metrics, calls             0.48  = 43,800 minutes x 1.1 x $0.01 a thousand',
        '  alarms                     0.20  = 2 x $0.1',
        '  log                        0.09  = 525,600 lines x 388 bytes x $0.5 a GB',
        '  together                   7.82',
        '',
        'slow  frugal',
        '  schedule                   0.04  = 43,800 x $1 a million',
        '  controller, invocations    0.01  = 43,800 x $0.2 a million',
        '  controller, GB-seconds     0.13  = 43,800 x 1.8 s x 0.125 GB x $0.0000133334',
        '  prober 1, invocations      0.01  = 43,800 x $0.2 a million',
        '  prober 1, GB-seconds       0.07  = 43,800 x 0.128 s x 1 GB x $0.0000133334',
        '  state, writes              0.08  = 43,800 minutes x 3 x 1 of 1 KB x $0.625 a million',
        '  state, reads               0.01  = 43,800 minutes x 2 x 1 of 4 KB x $0.125 a million',
        '  metrics                    0.30  = 1 x $0.3',
        '  metrics, calls             0.09  = 43,800 minutes x 0.2 x $0.01 a thousand',
        '  alarms                     0.10  = 1 x $0.1',
        '  log                        0.01  = 43,800 lines x 388 bytes x $0.5 a GB',
        '  together                   0.86',
        '',
        'once  whatever the number of fleets',
        '  dashboard                  0.00  = 0 x $3',
        '  alarms of the deployment   0.10  = 1 x $0.1',
        '  together                   0.10',
        '',
        'in all                       8.78',
      ].join('\n'),
    );
  });

  it('grows with the nodes: the row of a fleet of twenty takes three KB, and its probes longer', async () => {
    const { out } = await ask('--nodes', '20');

    expect(out).toContain('43,800 minutes x 14 x 3 of 1 KB x $0.7625 a million');
    expect(out).toContain('525,600 x 0.259 s x 1 GB');
    expect(out).toContain('525,600 lines x 1,000 bytes');
  });

  it('answers in JSON', async () => {
    const { out } = await ask('--region', 'us-east-1', '--json');

    expect(JSON.parse(out)).toMatchObject({
      region: 'us-east-1',
      pricesAsOf: '2026-11',
      nodes: 3,
      fleets: [
        { fleet: 'tiny', kind: 'watchful', usd: expect.closeTo(7.826, 2) },
        { fleet: 'slow', kind: 'frugal', usd: expect.closeTo(0.854, 2) },
      ],
      deployment: { usd: expect.closeTo(0.1, 6) },
      usd: expect.closeTo(8.78, 2),
    });
  });

  it('refuses a template that was packaged for other fleets, and one that is none', async () => {
    const stranger = template({ One: alarm('Fleet', 'tiny') });
    const other = await quorate('check', FLEETS, '--cost', '--template', stranger);
    const none = await quorate('check', FLEETS, '--cost', '--template', 'none.json');
    const garbage = await quorate('check', FLEETS, '--cost', '--template', newFile('{'));

    expect([other.exit, none.exit, garbage.exit]).toEqual([1, 1, 1]);
    expect(other.error).toContain('was packaged without slow; run npm run package');
    expect(none.error).toContain('none.json: cannot be read; run npm run package first');
    expect(garbage.error).toContain('is not a packaged template');
  });

  it('tells in JSON which file is wrong', async () => {
    const { exit, out } = await ask('--template', 'none.json', '--json');

    expect([exit, JSON.parse(out)]).toMatchObject([
      1,
      { ok: false, problems: [{ file: 'none.json', path: null }] },
    ]);
  });

  it.each([
    ['--region', 'eu-west-9', 'there are prices for us-east-1 and eu-central-1, not for eu-west-9'],
    ['--nodes', '0', '--nodes is a number from 1 on, not 0'],
  ])('is wrong usage with %s %s', async (option, value, message) => {
    const { exit, error } = await ask(option, value);

    expect([exit, error]).toEqual([2, message]);
  });
});
