/** Who was removed by somebody, not by the fault itself: what is judged as right or wrong. */
import type { JournalAct, Truth } from '../measure/measure.ts';
import type { Node, Scenario } from '../scenarios/scenario.ts';
import type { Stage } from './stage.ts';

const LETHAL = ['kill', 'replace', 'terminate'];

export interface Blame extends Pick<Scenario, 'removesItself'> {
  readonly victim: Node;
  /** No Quorate: what Auto Scaling terminates is what is judged. */
  readonly isLeftToAws: boolean;
}

/** Kills and terminations, and members that left the others' lists though no fault takes them out. */
export const removalsOf = (
  stage: Pick<Stage, 'region' | 'truth'>,
  acts: readonly JournalAct[],
  { removesItself, victim, isLeftToAws }: Blame,
): Truth['removals'] => {
  const { region, truth } = stage;
  const killed = acts
    .filter(({ kind, outcome }) => outcome === 'done' && LETHAL.includes(kind))
    .map(({ target, atMs }) => ({ what: 'killed' as const, instanceId: target, atMs }));
  const evicted = region.instances.all().flatMap(({ id, address }) => {
    const atMs = truth.goneAtMs(address);
    const byFault = removesItself && id === victim.instanceId;
    return atMs === null || byFault ? [] : [{ what: 'evicted' as const, instanceId: id, atMs }];
  });
  return [...killed, ...evicted, ...(isLeftToAws ? terminatedByAws(stage) : [])];
};

const terminatedByAws = ({ region }: Pick<Stage, 'region'>): Truth['removals'] =>
  region.activities
    .of(null)
    .filter(({ description }) => description.startsWith('Terminating'))
    .flatMap(({ instanceId, startedAtMs }) =>
      instanceId === null ? [] : [{ what: 'killed' as const, instanceId, atMs: startedAtMs }],
    );
