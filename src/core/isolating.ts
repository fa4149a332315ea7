/**
 * The sick members of the old side are killed: those who can still be read promote the copies that they have, and calls stop
 * waiting for the dead. For a majority that is lost this takes nothing away that could be kept.
 */
import type { Act } from './acts.ts';
import type { Tick } from './evicting.ts';
import type { Failover } from './failover-ledger.ts';
import { ownershipProblems } from './guard.ts';
import type { Diagnosis } from './model.ts';

/** Asked again after this long: SSM dispatches and reports in 3 s, and that nobody lists it any more is seen in two rounds. */
const AGAIN_MS = 8_000;

/** @returns the acts that are due, and the record that they were asked for */
export const isolating = (
  { policy, diagnosed, observation: { inventory, nowMs } }: Tick,
  failover: Failover,
): { readonly failover: Failover; readonly acts: readonly Act[] } => {
  const { fence, isolatedAtMs } = failover;
  if (!inventory.ok || nowMs - isolatedAtMs < AGAIN_MS) return { failover, acts: [] };
  const acts = diagnosed.nodes
    .filter(
      (each) => isSick(each) && ownershipProblems(inventory.value, each.instanceId).length === 0,
    )
    .flatMap(({ instanceId, address, suspicion }): Act[] => {
      const target = { instanceId, address };
      const notAfterMs = nowMs + policy.killDeadlineMs;
      const startedBeforeMs = suspicion?.sinceMs ?? nowMs;
      // It stays registered: the load balancer sees for itself, and who comes back is not forgotten outside.
      return [{ kind: 'kill', target, fence, notAfterMs, startedBeforeMs }];
    });
  return { failover: acts.length === 0 ? failover : { ...failover, isolatedAtMs: nowMs }, acts };
};

/** Sick, and listed by those who work. */
const isSick = ({ condition }: Diagnosis): boolean =>
  condition === 'Zombie' || condition === 'Stuck';

export const isIsolated = ({ diagnosed: { nodes } }: Tick): boolean => !nodes.some(isSick);
