/** When a generation of the vault is taken: from a cluster that is whole, in mode `act`, while nothing else is to be done. */
import { membersOf } from './courier.ts';
import type { Planned, Tick } from './evicting.ts';
import { holdsAnyAct } from './guard.ts';
import type { Plan, State } from './model.ts';
import type { Policy } from './policy.ts';
import { vaultAgeMs } from './vault.ts';

/** One that failed is not asked for again at once; one that takes longer than this refuses a second one by itself. */
const AGAIN_MS = 60_000;

/** Nothing is wrong, and nothing of the cluster changes. */
export const isUpkeep = (plan: Plan): boolean =>
  plan.kind === 'act' && plan.acts.every(({ kind }) => kind === 'keep');

/** Instead of a plan to watch; every other plan stays as it is. */
export const planKeep = (tick: Tick, planned: Planned): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { nowMs } = observation;
  const { state, plan } = planned;
  const isIdle =
    plan.kind === 'watch' &&
    state.inFlight === null &&
    state.retirement === null &&
    state.failover === null;
  const isWhole = diagnosed.cluster.condition === 'Quorate';
  if (!isIdle || !isWhole || !isDue(policy, state, nowMs)) return planned;
  const nodes = membersOf(state);
  const holds = holdsAnyAct({ policy, observation, ...diagnosed });
  if (nodes.length === 0 || holds.length > 0) return planned;
  return {
    state: { ...state, vault: { word: state.vault?.word ?? null, askedAtMs: nowMs } },
    plan: {
      kind: 'act',
      acts: [{ kind: 'keep', side: state.active, nodes }],
      lastLook: false,
      reason: 'the vault is due for a generation',
      nextCheckAtMs: plan.nextCheckAtMs,
    },
  };
};

const isDue = ({ vault }: Policy, state: State, nowMs: number): boolean => {
  if (vault === null) return false;
  const ageMs = vaultAgeMs(state.vault, nowMs);
  const restMs = Math.min(vault.everyMs, AGAIN_MS);
  return (
    (ageMs === null || ageMs >= vault.everyMs) && nowMs - (state.vault?.askedAtMs ?? 0) >= restMs
  );
};
