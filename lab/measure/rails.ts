/**
 * Rails that what was done can be seen to break, by ground truth alone: one eviction at a time (I1), and only instances of
 * the fleet's own groups (I11). The other rails are about what the controller knew, which nobody sees from outside. Pure.
 */
import type { JournalAct } from './measure.ts';

/** Acts that take one member out. A fence names its victim, and lifting it restores. */
const TAKING = [
  'deregister',
  'kill',
  'fence',
  'enterStandby',
  'stop',
  'replace',
  'terminate',
  'detach',
];
const INSTANCE = /^i-[0-9a-z]+$/;

export interface Grounds {
  /** Instances of the fleet's groups, those that are gone included. */
  readonly own: readonly string[];
  /** When an instance was out: off the lists, or terminated. `null`: it never was. */
  readonly outAtMs: (instanceId: string) => number | null;
  /** During a failover all that is sick may go at once. */
  readonly isFailover: boolean;
}

export const railsBroken = (
  acts: readonly JournalAct[],
  { own, outAtMs, isFailover }: Grounds,
): readonly string[] => {
  const taking = acts.filter(
    ({ kind, target, outcome }) =>
      TAKING.includes(kind) && INSTANCE.test(target) && outcome === 'done',
  );
  const foreign = taking.filter(({ target }) => !own.includes(target));
  const isPutBack = (earlier: JournalAct, atMs: number): boolean =>
    acts.some(
      (each) =>
        each.kind === 'register' &&
        each.target === earlier.target &&
        each.atMs > earlier.atMs &&
        each.atMs <= atMs,
    );
  const crossing = taking.filter(({ target, atMs }, index) =>
    taking
      .slice(0, index)
      .some(
        (earlier) =>
          earlier.target !== target &&
          (outAtMs(earlier.target) ?? Infinity) > atMs &&
          !isPutBack(earlier, atMs),
      ),
  );
  return [
    ...(crossing.length > 0 && !isFailover ? ['I1'] : []),
    ...(foreign.length > 0 ? ['I11'] : []),
  ];
};
