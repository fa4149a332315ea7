/** Who was removed by somebody, not by the fault itself: what is judged as right or wrong. */
import type { JournalAct, Truth } from '../measure/measure.ts';
import type { Scenario, Victim } from '../scenarios/scenario.ts';
import type { Stage } from './stage.ts';

const LETHAL = ['kill', 'replace', 'terminate'];

/** Kills and terminations of the controller, and members that left the others' lists though no fault takes them out. */
export const removalsOf = (
  { region, truth }: Stage,
  acts: readonly JournalAct[],
  { removesItself, victim }: Pick<Scenario, 'removesItself'> & { readonly victim: Victim },
): Truth['removals'] => {
  const killed = acts
    .filter(({ kind, outcome }) => outcome === 'done' && LETHAL.includes(kind))
    .map(({ target, atMs }) => ({ what: 'killed' as const, instanceId: target, atMs }));
  const evicted = region.instances.all().flatMap(({ id, address }) => {
    const atMs = truth.goneAtMs(address);
    const byFault = removesItself && id === victim.instanceId;
    return atMs === null || byFault ? [] : [{ what: 'evicted' as const, instanceId: id, atMs }];
  });
  return [...killed, ...evicted];
};
