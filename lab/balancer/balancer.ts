/** An Application Load Balancer, emulated: the parent's side. */
import { startChild } from '../child.ts';
import { type Balancer, type BalancerSpec, NAMESPACES, PLAN, ZONES } from '../parts.ts';
import type { ForwardTimeouts } from './forward.ts';
import { activeTargets, type Checks, groupsInUse, targetHealth, targetKey } from './health.ts';
import type { BalancerProtocol, Listen } from './messages.ts';

export interface BalancerOptions {
  /** Network namespace; `null`: the caller's own. */
  readonly namespace: string | null;
  /** Addresses to listen on; the process needs the right to bind them. */
  readonly listen: readonly Listen[];
  /** Parts of `ALB_TIMEOUTS` to change. */
  readonly timeouts?: Partial<ForwardTimeouts>;
}

/** AWS's defaults, ALB guide: "HTTP 504" and "Connection idle timeout". */
export const ALB_TIMEOUTS: ForwardTimeouts = { connectMs: 10_000, idleMs: 60_000 };

/** Where the lab's balancer stands: a public address, and a network interface in each zone. */
export const LAB_BALANCER: BalancerOptions = {
  namespace: NAMESPACES.balancer,
  listen: [PLAN.balancerPublic, ...ZONES.map(PLAN.balancer)].map((address) => ({
    address,
    port: 80,
  })),
};

/** Keeps what still holds after a change of configuration: a target that comes back starts anew. */
const stillValid = (checks: Checks, spec: BalancerSpec): Checks => {
  const used = groupsInUse(spec);
  const keys = new Set(
    spec.targetGroups
      .filter((group) => used.has(group.arn))
      .flatMap((group) => activeTargets(group).map((target) => targetKey(group.arn, target))),
  );
  return Object.fromEntries(Object.entries(checks).filter(([key]) => keys.has(key)));
};

/**
 * Starts the balancer process and waits until it listens.
 * `configure` and `health` throw once the process is gone: no health is not an empty list.
 * @throws Error when it cannot listen.
 */
export const startBalancer = async (options: BalancerOptions): Promise<Balancer> => {
  let current: BalancerProtocol['toChild'] = { revision: 0, spec: { targetGroups: [], rules: [] } };
  let checks: Checks = {};
  const child = await startChild<BalancerProtocol>({
    namespace: options.namespace,
    script: new URL('./process.ts', import.meta.url),
    argument: { listen: options.listen, timeouts: { ...ALB_TIMEOUTS, ...options.timeouts } },
    onMessage: (told) => {
      if (told.revision === current.revision) checks = told.checks;
    },
  });
  return {
    configure: (spec) => {
      current = { revision: current.revision + 1, spec };
      checks = stillValid(checks, spec);
      child.send(current);
    },
    health: () => {
      const ended = child.ended();
      if (ended !== null) throw new Error(ended);
      return targetHealth(current.spec, checks);
    },
    stop: () => child.stop(),
  };
};
