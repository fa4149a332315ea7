import { describe, expect, it } from 'vitest';
import {
  afterCheck,
  type CheckResult,
  targetHealth,
  targetKey,
  UNCHECKED,
} from '../../lab/balancer/health.ts';
import type { BalancerSpec } from '../../lab/parts.ts';

const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2 };
const after = (...results: CheckResult[]): string => {
  const state = results.reduce((so, result) => afterCheck(so, result, thresholds), UNCHECKED);
  return `${state.state} ${state.reason}`;
};

describe('checks in a row', () => {
  it.each([
    ['a new target needs one pass', ['pass'], 'healthy null'],
    ['a first failure is not a verdict', ['Target.Timeout'], 'initial Elb.InitialHealthChecking'],
    [
      'a new target that never passes becomes unhealthy',
      ['Target.FailedHealthChecks', 'Target.Timeout'],
      'unhealthy Target.Timeout',
    ],
    ['one pass saves a new target', ['Target.Timeout', 'pass'], 'healthy null'],
    [
      'one failure is forgiven',
      ['pass', 'Target.Timeout', 'pass', 'Target.Timeout'],
      'healthy null',
    ],
    [
      'failures in a row count',
      ['pass', 'Target.Timeout', 'Target.ResponseCodeMismatch'],
      'unhealthy Target.ResponseCodeMismatch',
    ],
    [
      'the reason follows the newest failure',
      ['pass', 'Target.Timeout', 'Target.Timeout', 'Target.FailedHealthChecks'],
      'unhealthy Target.FailedHealthChecks',
    ],
    [
      'coming back needs the healthy threshold',
      ['pass', 'Target.Timeout', 'Target.Timeout', 'pass', 'pass'],
      'unhealthy Target.Timeout',
    ],
    [
      'and reaches it',
      ['pass', 'Target.Timeout', 'Target.Timeout', 'pass', 'pass', 'pass'],
      'healthy null',
    ],
  ] as const)('%s', (_rule, results, expected) => {
    expect(after(...results)).toBe(expected);
  });
});

describe('target health', () => {
  const target = { instanceId: 'i-1', address: '10.0.0.1', port: 80 };
  const leaving = { instanceId: 'i-2', address: '10.0.0.2', port: 80 };
  const healthCheck = { port: null, path: '/', intervalMs: 1, timeoutMs: 1, ...thresholds };
  const spec = (forward: string): BalancerSpec => ({
    targetGroups: [
      { arn: 'g', targets: [target, leaving], draining: ['i-2'], healthCheck, stickinessMs: null },
    ],
    rules: [{ priority: null, header: null, forward: [{ targetGroupArn: forward, weight: 0 }] }],
  });

  it('tells registered targets by their checks and leaving ones as draining', () => {
    const checks = {
      [targetKey('g', target)]: { state: 'healthy', reason: null, against: 0 },
    } as const;
    expect(targetHealth(spec('g'), checks)).toEqual([
      { targetGroupArn: 'g', instanceId: 'i-1', state: 'healthy', reason: null },
      {
        targetGroupArn: 'g',
        instanceId: 'i-2',
        state: 'draining',
        reason: 'Target.DeregistrationInProgress',
      },
    ]);
  });

  it('calls a target without a check yet initial', () => {
    expect(targetHealth(spec('g'), {})[0]).toMatchObject({
      state: 'initial',
      reason: 'Elb.RegistrationInProgress',
    });
  });

  it('calls the targets of a group without a rule unused', () => {
    expect(targetHealth(spec('other'), {})[0]).toMatchObject({
      state: 'unused',
      reason: 'Target.NotInUse',
    });
  });
});
