/** Instances that were launched since the fault, and when the first of them worked. */
import type { Instance } from '../cloud/instance.ts';
import type { Stage } from './stage.ts';

export interface Newcomer {
  readonly instance: Instance;
  /** When it was first seen. */
  readonly sinceMs: number;
  /** When it was first in the cluster. */
  readonly workedAtMs: number;
}

export interface Newcomers {
  /** Takes note of what is new; called again and again. */
  look(): void;
  /** Their ids, in the order of their launch. */
  ids(): readonly string[];
  /** The newcomer that worked first; `null`: none yet. */
  working(): Newcomer | null;
}

/** Instances that exist now are not new. @param onNew told each newcomer once */
export const watchNewcomers = (
  { region, truth, routing }: Stage,
  onNew: (instance: Instance) => void,
): Newcomers => {
  const veterans = new Set(region.instances.all());
  const newcomers = new Map<Instance, number>();
  let working: Newcomer | null = null;
  /** Where users do not go yet, a cluster is one when all are in it: each of them begins as one of its own. */
  const isIn = ({ group, address }: Instance): boolean => {
    const cluster = truth.cluster(group);
    const wanted = region.scaling.groups.get(group ?? '')?.desired ?? 0;
    const isWhole = group === routing.now() || cluster.length >= wanted;
    return isWhole && cluster.includes(address);
  };
  return {
    look: () => {
      for (const instance of region.instances.all()) {
        if (veterans.has(instance) || newcomers.has(instance)) continue;
        newcomers.set(instance, Date.now());
        onNew(instance);
      }
      for (const [instance, sinceMs] of newcomers) {
        if (isIn(instance)) {
          working ??= { instance, sinceMs, workedAtMs: Date.now() };
        }
      }
    },
    ids: () => [...newcomers.keys()].map(({ id }) => id),
    working: () => working,
  };
};
