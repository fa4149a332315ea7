/** Which target gets a request: rule, then target group by weight or cookie, then target in turn. Pure but for its turns. */
import type { BalancerSpec, BalancerTarget, RuleSpec, TargetGroupSpec } from '../parts.ts';
import { activeTargets, type Checks, targetKey } from './health.ts';

/** What a stickiness cookie binds a client to. */
export interface Affinity {
  readonly groupArn: string;
  readonly instanceId: string;
  readonly untilMs: number;
}

export interface Route {
  readonly group: TargetGroupSpec;
  readonly target: BalancerTarget;
}

export interface Incoming {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** From the request's cookie, checked for age; `null` without one. */
  readonly affinity: Affinity | null;
}

/** Header names and values match without regard to case; `*` and `?` are wildcards (ALB guide, "HTTP header conditions"). */
export const headerMatches = (rule: RuleSpec, headers: Incoming['headers']): boolean => {
  if (rule.header === null) return true;
  const found = headers[rule.header.name.toLowerCase()];
  if (found === undefined) return false;
  const pattern = rule.header.value
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const whole = new RegExp(`^${pattern}$`, 'is');
  return [found].flat().some((value) => whole.test(value));
};

const matchingRule = (spec: BalancerSpec, headers: Incoming['headers']): RuleSpec | null =>
  [...spec.rules]
    .sort((a, b) => (a.priority ?? Infinity) - (b.priority ?? Infinity))
    .find((rule) => headerMatches(rule, headers)) ?? null;

/** Healthy targets; none healthy: all of them, because load balancers fail open. Draining ones never. */
const eligibleTargets = (group: TargetGroupSpec, checks: Checks): readonly BalancerTarget[] => {
  const active = activeTargets(group);
  const healthy = active.filter(
    (target) => checks[targetKey(group.arn, target)]?.state === 'healthy',
  );
  return healthy.length > 0 ? healthy : active;
};

/** Keeps turns: round robin in each group, and an even spread over the weights of each rule. */
export class Router {
  readonly #turns = new Map<string, number>();
  /** Smooth weighted round robin: each group's credit, by rule and group. */
  readonly #credits = new Map<string, number>();

  /** @returns `null` when there is no target to give the request to: HTTP 503. */
  route(spec: BalancerSpec, checks: Checks, incoming: Incoming): Route | null {
    const rule = matchingRule(spec, incoming.headers);
    if (rule === null) return null;
    const bound = this.#boundGroup(spec, rule, incoming.affinity);
    const group = bound ?? this.#groupByWeight(spec, rule);
    if (group === null) return null;
    const eligible = eligibleTargets(group, checks);
    const own = bound && eligible.find((t) => t.instanceId === incoming.affinity?.instanceId);
    const target = own ?? this.#nextTarget(group.arn, eligible);
    return target === null ? null : { group, target };
  }

  /** A cookie beats the weights, 0 included, as long as the rule still names its group. */
  #boundGroup(
    spec: BalancerSpec,
    rule: RuleSpec,
    affinity: Affinity | null,
  ): TargetGroupSpec | null {
    if (!rule.forward.some((forward) => forward.targetGroupArn === affinity?.groupArn)) return null;
    const group = spec.targetGroups.find((candidate) => candidate.arn === affinity?.groupArn);
    return group === undefined || group.stickinessMs === null ? null : group;
  }

  #groupByWeight(spec: BalancerSpec, rule: RuleSpec): TargetGroupSpec | null {
    const forwards = rule.forward.filter((forward) => forward.weight > 0);
    const total = forwards.reduce((sum, forward) => sum + forward.weight, 0);
    let best: { key: string; arn: string; credit: number } | null = null;
    for (const { targetGroupArn: arn, weight } of forwards) {
      const key = `${rule.priority} ${arn}`;
      const credit = (this.#credits.get(key) ?? 0) + weight;
      this.#credits.set(key, credit);
      if (best === null || credit > best.credit) best = { key, arn, credit };
    }
    if (best === null) return null;
    this.#credits.set(best.key, best.credit - total);
    return spec.targetGroups.find((group) => group.arn === best.arn) ?? null;
  }

  #nextTarget(groupArn: string, eligible: readonly BalancerTarget[]): BalancerTarget | null {
    const turn = this.#turns.get(groupArn) ?? 0;
    this.#turns.set(groupArn, turn + 1);
    return eligible[turn % eligible.length] ?? null;
  }
}
