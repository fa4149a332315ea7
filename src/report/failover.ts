/** `failover --dry-run`: what an order would come to now, step by step, and what would be lost. One look, of which nothing is kept. */
import * as v from 'valibot';
import { CLUSTER_CONDITIONS } from '../core/conditions.ts';
import { diagnose } from '../core/diagnose.ts';
import { type Way, wayOut } from '../core/failover-path.ts';
import type { Order } from '../core/observation.ts';
import { step } from '../core/step.ts';
import { describeVault } from '../core/vault.ts';
import type { Look } from '../look-once.ts';
import { caveatsOf } from './caveats.ts';
import { notCarried, stepsOf } from './failover-steps.ts';
import { list } from './list.ts';
import { Held } from './rails.ts';
import { Verdict } from './verdict.ts';

export const FailoverReport = v.object({
  fleet: v.string(),
  atMs: v.number(),
  mode: v.picklist(['shadow', 'act']),
  /** `fine`: an order would be taken. */
  verdict: Verdict,
  cluster: v.object({ condition: v.string(), meaning: v.string(), because: v.string() }),
  /** What would be ordered: of a cluster that works, or of one that is lost. */
  kind: v.picklist(['failover', 'move']),
  path: v.picklist(['move', 'rebuild']),
  because: v.string(),
  /** For people: what is expected to be lost. */
  expected: v.string(),
  /** How the vault stands, which is used when no member is left; `null`: the fleet has none. */
  vault: v.nullable(v.string()),
  steps: list(v.string()),
  notCarried: list(v.string()),
  /** Why the standby cannot be had; empty when it can, or when there is none. */
  against: list(Held),
  answer: v.object({ status: v.picklist(['accepted', 'refused', 'unknown']), detail: v.string() }),
  caveats: list(v.string()),
});
export type FailoverReport = v.InferOutput<typeof FailoverReport>;

/** @param maps what the fleets file says is carried */
export const failoverReport = (
  look: Look,
  kind: FailoverReport['kind'],
  maps: readonly string[],
): FailoverReport => {
  const { fleet, policy, before, observation, stepped } = look;
  const { cluster } = stepped;
  const diagnosed = diagnose(policy, before, observation);
  const way = wayOut(policy, diagnosed, observation, 'order');
  const byItself = diagnosed.state.loss === null ? null : lossOf(look);
  const path = way.path === 'move' ? 'move' : 'rebuild';
  const answer = answerTo(look, kind);
  return {
    fleet,
    atMs: observation.nowMs,
    mode: policy.mode,
    verdict: VERDICTS[answer.status],
    cluster: {
      condition: cluster.condition,
      meaning: CLUSTER_CONDITIONS[cluster.condition],
      because: cluster.because,
    },
    kind,
    path,
    because: way.because,
    expected: byItself?.expected ?? way.expected,
    vault: describeVault(diagnosed.state.vault, observation.nowMs),
    steps: stepsOf(path, {
      state: diagnosed.state,
      kind,
      isCarried: maps.length > 0,
      verifyBy: policy.verifyBy,
      hasVault: policy.vault !== null,
    }),
    notCarried: notCarried(path, maps),
    against: way.against,
    answer,
    caveats: [
      ...(byItself?.path === 'repair'
        ? [`by itself Quorate would repair it in place: ${byItself.because}`]
        : []),
      ...caveatsOf(look),
    ],
  };
};

const VERDICTS: Readonly<Record<FailoverReport['answer']['status'], Verdict>> = {
  accepted: 'fine',
  refused: 'unhealthy',
  unknown: 'unknown',
};

const lossOf = ({ policy, before, observation }: Look): Way =>
  wayOut(policy, diagnose(policy, before, observation), observation, 'loss');

/** Asked of the same code that decides it: the order as if it had been placed just now. */
const answerTo = (
  { policy, before, observation }: Look,
  kind: FailoverReport['kind'],
): FailoverReport['answer'] => {
  const order: Order = {
    id: 'dry-run',
    kind,
    instanceId: null,
    by: 'dry run',
    reason: 'dry run',
    atMs: observation.nowMs,
  };
  const { state } = step(policy, before, { ...observation, orders: [order] });
  const record = state.orders.find(({ id }) => id === order.id);
  if (record === undefined) {
    return { status: 'unknown', detail: 'not decided: what it needs to see was not seen' };
  }
  const { status, detail } = record;
  return { status: status === 'refused' ? 'refused' : 'accepted', detail };
};
