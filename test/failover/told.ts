/** What came of a failover, in words that a test can compare. */
import type { Played } from './drive.ts';

/** The phases that it went through, in order. */
export const phasesOf = ({ reports }: Played): readonly string[] =>
  reports
    .flatMap(({ failover }) => failover?.phase ?? [])
    .filter((phase, at, all) => phase !== all[at - 1]);

/** A courier's last words. */
const OVER: readonly string[] = ['ended', 'failed'];

/** Where users are, who serves them, and whatever is not as it should be. */
export const ended = ({ world, state }: Played) => {
  const other = state.active === 'blue' ? 'green' : 'blue';
  const problems: readonly (readonly [boolean, string])[] = [
    [world.balancer.routing.side !== state.active, 'users are elsewhere'],
    [world.balancer.routing.preview !== null, 'the rule for verifying is left'],
    [state.failover !== null, `the failover stands in ${state.failover?.phase}`],
    [world.groups.blue.suspended.length + world.groups.green.suspended.length > 0, 'suspended'],
    [world.groups[other].desired > 0 || world.staying(other).length > 0, 'both sides stand'],
    [!OVER.includes(world.word()?.phase ?? 'ended'), 'the courier goes on'],
    [state.cluster !== 'Quorate', `the cluster is ${state.cluster}`],
  ];
  const left = problems.flatMap(([isSo, words]) => (isSo ? [words] : []));
  return { active: state.active, serving: world.serving().length, left };
};
