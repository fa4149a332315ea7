/** What the courier says, and what it is asked. It is believed only for the job that it was given. */
import type { Act } from './acts.ts';
import type { Tick } from './evicting.ts';
import type { Failover } from './failover-ledger.ts';
import type { Observation, Target } from './observation.ts';
import type { Policy } from './policy.ts';
import type { CourierWord } from './sides.ts';

export const wordOf = ({ move }: Observation, { fence }: Failover): CourierWord | null => {
  const word = move?.courier.ok === true ? move.courier.value : null;
  return word?.job === fence ? word : null;
};

/** A courier was ever asked for. */
export const isCarried = ({ changed }: Failover): boolean =>
  changed.some(({ what }) => what === 'courier');

/** The job whose way is gone back when users go back; `null`: none. */
export const jobToUndo = ({ changed }: Failover): number | null =>
  changed.find((entry) => entry.what === 'courier')?.job ?? null;

/** With when it was last heard: its own clock is never used. */
export const withWord = (failover: Failover, observation: Observation): Failover => {
  const word = wordOf(observation, failover);
  return word === null || word.beat === failover.courier?.beat
    ? failover
    : { ...failover, courier: { beat: word.beat, heardAtMs: observation.nowMs } };
};

/** It tells once a second; the last word of a dead one says nothing of now. */
const FRESH_MS = 5_000;
/** One that failed is not started again at once: what failed it may pass. */
const FAILED_REST_MS = 5_000;

/** The new side is not behind, and what could not be read at first was tried again; of a cluster that works it can be read. */
export const isLevel = (policy: Policy, observation: Observation, failover: Failover): boolean => {
  const word = wordOf(observation, failover);
  return (
    word !== null &&
    word.phase === 'level' &&
    failover.courier !== null &&
    failover.courier.isAwaited !== true &&
    observation.nowMs - failover.courier.heardAtMs <= FRESH_MS &&
    word.lagMs !== null &&
    word.lagMs < policy.lagMaxMs &&
    (word.unreachable === 0 || (word.passes >= 2 && !failover.isPlanned))
  );
};

/** Nobody carries, as far as was heard: there is none yet, or it fell silent, or it failed a while ago. Whose job has ended is through. */
export const isSilent = ({ policy, observation }: Tick, failover: Failover): boolean => {
  const silentMs =
    failover.courier === null ? Infinity : observation.nowMs - failover.courier.heardAtMs;
  const phase = wordOf(observation, failover)?.phase;
  if (phase === 'ended') return false;
  return silentMs >= (phase === 'failed' ? FAILED_REST_MS : policy.courierSilenceMs);
};

/** With the record that a courier is asked for in this tick. */
export const asking = (
  { observation }: Pick<Tick, 'observation'>,
  failover: Failover,
  more: { readonly isRestoring?: true } = {},
): Failover => ({
  ...failover,
  changed: isCarried(failover)
    ? failover.changed
    : [...failover.changed, { what: 'courier', job: failover.fence, ...more }],
  courier: {
    beat: wordOf(observation, failover)?.beat ?? -1,
    heardAtMs: observation.nowMs,
    isAwaited: true,
  },
});

/** Its entries come from the vault: of the other side nobody is left to be read. */
export const isRestoring = ({ changed }: Failover): boolean =>
  changed.some((entry) => entry.what === 'courier' && entry.isRestoring === true);

/** Asked for when there is none, and again after it fell silent: it goes on where the last one was, with what that one carried. */
export const carrying = (
  tick: Tick,
  before: Failover,
): [tick: Tick, failover: Failover, acts: readonly Act[]] => {
  const { state } = tick.diagnosed;
  const isOld = state.active === before.from;
  const [from, to] = isOld
    ? [membersOf(state), membersOf(before.side)]
    : [membersOf(before.side), membersOf(state)];
  if (!isSilent(tick, before) || to.length === 0) return [tick, before, []];
  const { to: side, fence: job, undoes } = before;
  if (isRestoring(before))
    return [tick, asking(tick, before), [{ kind: 'restore', side, job, to }]];
  if (from.length === 0) return [tick, before, []];
  const act = { kind: 'carry', side, job, from, to, undoes } as const;
  return [tick, asking(tick, before), [act]];
};

/** The members of a side's core, as they are asked. */
export const membersOf = (side: Failover['side']): readonly Target[] =>
  (side?.core ?? []).flatMap((instanceId) => {
    const address = side?.nodes[instanceId]?.address;
    return address === undefined ? [] : [{ instanceId, address }];
  });
