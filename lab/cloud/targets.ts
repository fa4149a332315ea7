/** Which instances are registered in which target group, and which of them are still draining. */
import type { Instances } from './instances.ts';

export interface Target {
  readonly instanceId: string;
  readonly port: number;
  /** `true` from deregistration until the delay has passed. */
  draining: boolean;
}

export interface Targets {
  of: (targetGroupArn: string) => readonly Target[];
  register: (targetGroupArn: string, instanceId: string, port: number) => void;
  /** Drains for the group's deregistration delay; resolves when the target is gone. Unknown targets are gone already. */
  deregister: (targetGroupArn: string, instanceId: string) => Promise<void>;
  onChange: (listener: () => void) => void;
}

export interface TargetsParts {
  readonly instances: Instances;
  readonly delayMs: (targetGroupArn: string) => number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export const createTargets = ({ instances, delayMs, sleep }: TargetsParts): Targets => {
  const groups = new Map<string, Map<string, Target>>();
  const drains = new WeakMap<Target, Promise<void>>();
  const listeners: (() => void)[] = [];
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  const remove = (arn: string, target: Target): void => {
    const registered = groups.get(arn);
    if (registered?.get(target.instanceId) !== target) return;
    registered.delete(target.instanceId);
    changed();
  };
  const drain = async (arn: string, target: Target): Promise<void> => {
    target.draining = true;
    changed();
    // ELB drops a terminated instance at once: nothing is left to drain.
    await Promise.race([sleep(delayMs(arn)), instances.until(target.instanceId, ['terminated'])]);
    if (target.draining) remove(arn, target);
  };
  instances.onChange(({ id, state }) => {
    if (state !== 'terminated') return;
    for (const [arn, registered] of groups) {
      const target = registered.get(id);
      if (target) remove(arn, target);
    }
  });
  return {
    of: (arn) => [...(groups.get(arn)?.values() ?? [])],
    register: (arn, instanceId, port) => {
      const registered = groups.get(arn) ?? new Map<string, Target>();
      groups.set(arn, registered);
      const known = registered.get(instanceId);
      if (known && !known.draining && known.port === port) return;
      if (known) known.draining = false;
      registered.set(instanceId, { instanceId, port, draining: false });
      changed();
    },
    deregister: async (arn, instanceId) => {
      const target = groups.get(arn)?.get(instanceId);
      if (!target) return;
      const draining = drains.get(target) ?? drain(arn, target);
      drains.set(target, draining);
      await draining;
    },
    onChange: (listener) => void listeners.push(listener),
  };
};
