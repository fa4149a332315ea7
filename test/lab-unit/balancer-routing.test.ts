import { describe, expect, it } from 'vitest';
import { readAffinity, writeAffinity } from '../../lab/balancer/cookie.ts';
import { type Checks, targetKey } from '../../lab/balancer/health.ts';
import { type Affinity, type Incoming, Router } from '../../lab/balancer/routing.ts';
import type { BalancerSpec, RuleSpec, TargetGroupSpec } from '../../lab/parts.ts';

const target = (instanceId: string) => ({ instanceId, address: `10.0.0.${instanceId}`, port: 80 });
const group = (
  arn: string,
  ids: string[],
  more: Partial<TargetGroupSpec> = {},
): TargetGroupSpec => ({
  arn,
  targets: ids.map(target),
  draining: [],
  healthCheck: {
    port: null,
    path: '/',
    intervalMs: 1,
    timeoutMs: 1,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
  stickinessMs: null,
  ...more,
});
const all = (...forward: [arn: string, weight: number][]): RuleSpec => ({
  priority: null,
  header: null,
  forward: forward.map(([targetGroupArn, weight]) => ({ targetGroupArn, weight })),
});
const healthy = (arn: string, ...ids: string[]): Checks =>
  Object.fromEntries(
    ids.map((id) => [targetKey(arn, target(id)), { state: 'healthy', reason: null, against: 0 }]),
  );
const routes = (
  spec: BalancerSpec,
  checks: Checks,
  count: number,
  incoming: Partial<Incoming> = {},
): (string | undefined)[] => {
  const router = new Router();
  return Array.from(
    { length: count },
    () =>
      router.route(spec, checks, { headers: {}, affinity: null, ...incoming })?.target.instanceId,
  );
};

describe('targets in turn', () => {
  it('gives each healthy target its turn', () => {
    const spec = { targetGroups: [group('g', ['1', '2', '3'])], rules: [all(['g', 1])] };
    expect(routes(spec, healthy('g', '1', '3'), 4)).toEqual(['1', '3', '1', '3']);
  });

  it('fails open: none healthy, all of them', () => {
    const spec = { targetGroups: [group('g', ['1', '2'])], rules: [all(['g', 1])] };
    expect(routes(spec, {}, 4)).toEqual(['1', '2', '1', '2']);
  });

  it('gives draining targets nothing, not even when it fails open', () => {
    const spec = {
      targetGroups: [group('g', ['1', '2'], { draining: ['1'] })],
      rules: [all(['g', 1])],
    };
    expect(routes(spec, healthy('g', '1'), 2)).toEqual(['2', '2']);
  });

  it('has no route without targets, and none without a rule', () => {
    const empty = group('g', ['1'], { draining: ['1'] });
    expect(routes({ targetGroups: [empty], rules: [all(['g', 1])] }, {}, 1)).toEqual([undefined]);
    expect(routes({ targetGroups: [group('g', ['1'])], rules: [] }, {}, 1)).toEqual([undefined]);
  });
});

describe('rules and weights', () => {
  const groups = [group('blue', ['1']), group('green', ['2'])];

  it('spreads requests by weight, evenly', () => {
    const spec = { targetGroups: groups, rules: [all(['blue', 3], ['green', 1])] };
    const given = routes(spec, {}, 8);
    expect(given.filter((id) => id === '2')).toHaveLength(2);
    expect(given.slice(0, 4)).toContain('2');
  });

  it('gives nothing to weight 0, even when the other group has no target', () => {
    const spec = {
      targetGroups: [group('blue', []), group('green', ['2'])],
      rules: [all(['blue', 1], ['green', 0])],
    };
    expect(routes(spec, {}, 2)).toEqual([undefined, undefined]);
  });

  it('asks rules by priority, the default last', () => {
    const header = { name: 'X-Verify', value: 'New-*' };
    const spec = {
      targetGroups: groups,
      rules: [
        all(['blue', 1]),
        { ...all(['blue', 1]), priority: 20, header },
        { ...all(['green', 1]), priority: 10, header },
      ],
    };
    expect(routes(spec, {}, 1, { headers: { 'x-verify': 'new-side' } })).toEqual(['2']);
    expect(routes(spec, {}, 1, { headers: { 'x-verify': 'old' } })).toEqual(['1']);
    expect(routes(spec, {}, 1)).toEqual(['1']);
  });
});

describe('stickiness', () => {
  const spec = (weights: [number, number], draining: string[] = []): BalancerSpec => ({
    targetGroups: [
      group('blue', ['1', '2'], { stickinessMs: 1_000, draining }),
      group('green', ['3']),
    ],
    rules: [all(['blue', weights[0]], ['green', weights[1]])],
  });
  const bound: Affinity = { groupArn: 'blue', instanceId: '2', untilMs: 9 };
  const checks = { ...healthy('blue', '1', '2'), ...healthy('green', '3') };

  it('keeps a client on its target, whatever the weights', () => {
    expect(routes(spec([1, 1]), checks, 3, { affinity: bound })).toEqual(['2', '2', '2']);
    expect(routes(spec([0, 1]), checks, 2, { affinity: bound })).toEqual(['2', '2']);
  });

  it('moves a client inside its group when its target fails or drains', () => {
    const failed = healthy('blue', '1');
    expect(routes(spec([1, 1]), failed, 1, { affinity: bound })).toEqual(['1']);
    expect(routes(spec([1, 1], ['2']), checks, 1, { affinity: bound })).toEqual(['1']);
  });

  it('ends when the rule no longer names the group', () => {
    const moved = { ...spec([1, 1]), rules: [all(['green', 1])] };
    expect(routes(moved, checks, 1, { affinity: bound })).toEqual(['3']);
  });

  it('reads back its own cookie until it is too old, and nothing else', () => {
    const pair = writeAffinity({ ...bound, untilMs: 5_000 }).split(';')[0];
    expect(readAffinity(`session=x; ${pair}`, 4_999)).toEqual({ ...bound, untilMs: 5_000 });
    expect(readAffinity(`session=x; ${pair}`, 5_000)).toBeNull();
    expect(readAffinity('AWSALB=rubbish', 0)).toBeNull();
    expect(readAffinity(undefined, 0)).toBeNull();
  });
});
