/** Who was removed by somebody, not by the fault itself: what is judged as right or wrong. */
import type { Activities, Activity } from '../cloud/activities.ts';
import type { Instances } from '../cloud/instances.ts';
import type { JournalAct, Truth } from '../measure/measure.ts';
import type { Node, Scenario } from '../scenarios/scenario.ts';
import type { Routing } from './routing.ts';
import type { Truth as ClusterTruth } from './truth.ts';

/** The part of a stage that tells. */
export interface Witness {
  readonly region: {
    readonly instances: Pick<Instances, 'all'>;
    readonly activities: Pick<Activities, 'of'>;
  };
  readonly truth: Pick<ClusterTruth, 'goneAtMs'>;
  readonly routing: Pick<Routing, 'at'>;
}

export interface Blame extends Pick<Scenario, 'removesItself'> {
  readonly victims: readonly Node[];
  /** No Quorate: what Auto Scaling terminates is what is judged. */
  readonly isLeftToAws: boolean;
}

/** A detached instance runs on, but to users and to its group it is as good as gone. */
const LETHAL = ['kill', 'stop', 'replace', 'terminate', 'detach'];

/** Kills and terminations, and members that left the others' lists though no fault takes them out. */
export const removalsOf = (
  { region, truth, routing }: Witness,
  acts: readonly JournalAct[],
  { removesItself, victims, isLeftToAws }: Blame,
): Truth['removals'] => {
  // Who is removed from a side that no user is sent to harms nobody: one that was left, or was never gone to.
  const isAmongUsers = (instanceId: string, atMs: number): boolean => {
    const instance = region.instances.all().find(({ id }) => id === instanceId);
    return instance === undefined || instance.group === routing.at(atMs);
  };
  const killed = acts
    .filter(({ kind, outcome }) => outcome === 'done' && LETHAL.includes(kind))
    .filter(({ target, atMs }) => isAmongUsers(target, atMs))
    .map(({ target, atMs }) => ({ what: 'killed' as const, instanceId: target, atMs }));
  const evicted = region.instances.all().flatMap(({ id, address }) => {
    const atMs = truth.goneAtMs(address);
    if (atMs === null) return [];
    const byFault = removesItself && victims.some(({ instanceId }) => instanceId === id);
    const isExcused = byFault || isRefreshed(region.activities, id) || !isAmongUsers(id, atMs);
    return isExcused ? [] : [{ what: 'evicted' as const, instanceId: id, atMs }];
  });
  return [...killed, ...evicted, ...(isLeftToAws ? terminatedByAws(region.activities) : [])];
};

const terminations = (activities: Pick<Activities, 'of'>): readonly Activity[] =>
  activities.of(null).filter(({ description }) => description.startsWith('Terminating'));

const terminatedByAws = (activities: Pick<Activities, 'of'>): Truth['removals'] =>
  terminations(activities).flatMap(({ instanceId, startedAtMs }) =>
    instanceId === null ? [] : [{ what: 'killed' as const, instanceId, atMs: startedAtMs }],
  );

/** People asked for an instance refresh: whom it takes is nobody's fault. */
const isRefreshed = (activities: Pick<Activities, 'of'>, id: string): boolean =>
  terminations(activities).some(
    ({ instanceId, cause }) => instanceId === id && cause.includes('an instance refresh'),
  );
