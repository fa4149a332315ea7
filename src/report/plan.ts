/** `plan`: what the next tick would do, and which rails hold what. One look, of which nothing is kept. */
import * as v from 'valibot';
import { CLUSTER_CONDITIONS } from '../core/conditions.ts';
import { describeTick } from '../core/describe.ts';
import { isPaused } from '../core/guard.ts';
import { isUpkeep } from '../core/keeping.ts';
import type { Diagnosis, Plan } from '../core/model.ts';
import type { Target } from '../core/observation.ts';
import { step } from '../core/step.ts';
import { describeVault } from '../core/vault.ts';
import type { Look } from '../look-once.ts';
import { caveatsOf } from './caveats.ts';
import { list } from './list.ts';
import { Held, railsAgainst } from './rails.ts';
import { Verdict, verdictOfCluster } from './verdict.ts';

const Step = v.object({
  /** In this order; empty: nothing would be done. */
  acts: list(
    v.object({
      kind: v.string(),
      /** What it is done to: an instance with its address, or a side. */
      instanceId: v.nullable(v.string()),
      address: v.nullable(v.string()),
      side: v.nullable(v.string()),
    }),
  ),
  reason: v.string(),
  /** The victim is probed once more first, and left alone if it works again. */
  lastLook: v.boolean(),
  holds: list(Held),
});
export type Step = v.InferOutput<typeof Step>;

const Trouble = v.object({
  instanceId: v.string(),
  address: v.string(),
  condition: v.string(),
  because: v.string(),
  /** Of its tolerance; `null` when no tolerance runs, 0 when it is over. */
  leftMs: v.nullable(v.number()),
  holds: list(Held),
});

export const PlanReport = v.object({
  fleet: v.string(),
  atMs: v.number(),
  mode: v.picklist(['shadow', 'act']),
  verdict: Verdict,
  cluster: v.object({ condition: v.string(), meaning: v.string(), because: v.string() }),
  next: Step,
  /** What would be done if the fleet were in mode `act` and not paused; `null` when it is. */
  unheld: v.nullable(Step),
  /** Nodes that misbehave, acted on or not. */
  troubles: list(Trouble),
  /** How the vault stands; `null`: the fleet has none. */
  vault: v.nullable(v.string()),
  nextCheckAtMs: v.number(),
  sentence: v.string(),
  caveats: list(v.string()),
});
export type PlanReport = v.InferOutput<typeof PlanReport>;

export const planOf = (look: Look): PlanReport => {
  const { fleet, policy, observation, stepped } = look;
  const { cluster, plan, nodes, symptoms, state } = stepped;
  const { nowMs, inventory, move } = observation;
  const { inFlight, retirement, failover } = state;
  return {
    fleet,
    atMs: nowMs,
    mode: policy.mode,
    verdict: verdictOf(look),
    cluster: {
      condition: cluster.condition,
      meaning: CLUSTER_CONDITIONS[cluster.condition],
      because: cluster.because,
    },
    next: stepOf(plan),
    unheld: unheldOf(look),
    troubles: nodes.filter(isTrouble).map((node) => troubleOf(look, node)),
    vault: describeVault(state.vault, nowMs),
    nextCheckAtMs: plan.nextCheckAtMs,
    sentence: describeTick({
      nowMs,
      inventory,
      cluster,
      nodes,
      symptoms,
      inFlight,
      retirement,
      failover,
      carried: move?.courier.ok === true ? move.courier.value : null,
      plan,
      outcome: null,
    }),
    caveats: caveatsOf(look),
  };
};

/** Quorate and nothing to do is fine. */
const verdictOf = ({ stepped }: Look): Verdict => {
  const verdict = verdictOfCluster(stepped.cluster.condition);
  const { plan, state } = stepped;
  const isBusy =
    (plan.kind !== 'watch' && !isUpkeep(plan)) ||
    state.inFlight !== null ||
    state.retirement !== null ||
    state.failover !== null;
  return verdict === 'fine' && isBusy ? 'unhealthy' : verdict;
};

const stepOf = (plan: Plan): Step => {
  switch (plan.kind) {
    case 'watch':
      return { acts: [], reason: 'nothing is due', lastLook: false, holds: [] };
    case 'hold':
      return { acts: [], reason: 'held', lastLook: false, holds: plan.holds };
    case 'act':
      return {
        acts: plan.acts.map((act) =>
          'target' in act
            ? { kind: act.kind, ...plain(act.target), side: null }
            : { kind: act.kind, instanceId: null, address: null, side: act.side },
        ),
        reason: plan.reason,
        lastLook: plan.lastLook,
        holds: [],
      };
  }
};

const plain = ({ instanceId, address }: Target): Target => ({ instanceId, address });

/** New fleets are in shadow so that people can compare: what would it have done? */
const unheldOf = ({ policy, before, observation }: Look): Step | null => {
  if (policy.mode === 'act' && !isPaused(observation)) return null;
  return stepOf(step({ ...policy, mode: 'act' }, before, { ...observation, pause: null }).plan);
};

const isTrouble = ({ condition, suspicion }: Diagnosis): boolean =>
  suspicion !== null || (condition !== 'Healthy' && condition !== 'Starting');

const troubleOf = (look: Look, node: Diagnosis): v.InferOutput<typeof Trouble> => {
  const { instanceId, address, condition, because, suspicion } = node;
  return {
    instanceId,
    address,
    condition,
    because,
    leftMs: suspicion === null ? null : Math.max(0, suspicion.ripeAtMs - look.observation.nowMs),
    holds: railsAgainst(look, instanceId),
  };
};
