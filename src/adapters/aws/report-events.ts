/** One tick's report as events for other programs and for people. */
import type { Change, Eviction, Hold, Report } from '../../core/model.ts';
import type { QuorateEvent } from './event-schemas.ts';
import { failoverActEvent, failoverEvents } from './failover-events.ts';

/** @param toldHolds keys of the holds that were told already */
export const eventsOf = (report: Report, toldHolds: readonly string[]): readonly QuorateEvent[] => [
  ...report.changes.map((change) => changeEvent(report, change)),
  ...startEvents(report),
  ...stepEvents(report),
  ...proofEvents(report),
  ...endEvents(report),
  ...failoverEvents(report),
  ...holdEvents(report, toldHolds),
];

export const holdKeysOf = (report: Report): readonly string[] => holdsOf(report).map(keyOf);

const everyOf = ({ fleet, atMs, mode }: Report) => ({ fleet, atMs, mode });

const evictionOf = ({ fence, instanceId, address }: Eviction) => ({ fence, instanceId, address });

const changeEvent = (report: Report, change: Change): QuorateEvent => {
  const { from, because } = change;
  const every = { ...everyOf(report), from, because };
  if (change.instanceId === null) {
    const { core } = report.cluster;
    const detail = { ...every, to: report.cluster.condition, core: [...core], seats: report.seats };
    return { name: 'ClusterConditionChanged', detail };
  }
  const node = report.nodes.find((one) => one.instanceId === change.instanceId);
  const detail = {
    ...every,
    instanceId: change.instanceId,
    address: node?.address ?? null,
    to: node?.condition ?? 'Unknown',
  };
  return { name: 'NodeConditionChanged', detail };
};

/** Both moments carry the time of the tick that decided them, so that no memory is needed to tell them. */
const startEvents = (report: Report): readonly QuorateEvent[] => {
  const { inFlight, plan } = report;
  if (inFlight === null || inFlight.startedAtMs !== report.atMs) return [];
  const detail = {
    ...everyOf(report),
    ...evictionOf(inFlight),
    condition: inFlight.condition,
    failingSinceMs: inFlight.failingSinceMs,
    reason: plan.kind === 'act' ? plan.reason : report.sentence,
  };
  return [{ name: 'EvictionStarted', detail }];
};

const proofEvents = (report: Report): readonly QuorateEvent[] => {
  const { inFlight } = report;
  if (inFlight === null || inFlight.evictedAtMs !== report.atMs) return [];
  const afterMs = inFlight.evictedAtMs - inFlight.failingSinceMs;
  const detail = { ...everyOf(report), ...evictionOf(inFlight), afterMs };
  return [{ name: 'MemberEvicted', detail }];
};

/** Outcomes come in the order of the plan's acts. */
const stepEvents = (report: Report): readonly QuorateEvent[] => {
  const { plan, outcome, inFlight } = report;
  if (plan.kind !== 'act' || outcome?.kind !== 'acted') return [];
  return outcome.outcomes.flatMap((one, index): QuorateEvent[] => {
    const act = plan.acts[index];
    if (act === undefined) return [];
    const ofFailover = inFlight === null ? failoverActEvent(report, act, one) : null;
    if (ofFailover !== null) return [ofFailover];
    if (!('target' in act)) return [];
    const detail = {
      ...everyOf(report),
      fence: inFlight?.fence ?? null,
      instanceId: act.target.instanceId,
      address: act.target.address,
      act: act.kind,
      outcome: one.outcome,
      detail: one.detail,
    };
    return [{ name: 'EvictionStepped', detail }];
  });
};

const endEvents = (report: Report): readonly QuorateEvent[] => {
  // An eviction that stood down in the tick that decided it was never in flight.
  const ended = report.inFlightBefore;
  if (ended === null || report.inFlight?.fence === ended.fence) return [];
  const detail = {
    ...everyOf(report),
    ...evictionOf(ended),
    ended: ended.confirmedAtMs === null ? ('stoodDown' as const) : ('completed' as const),
    tookMs: report.atMs - ended.startedAtMs,
  };
  return [{ name: 'EvictionEnded', detail }];
};

const holdEvents = (report: Report, told: readonly string[]): readonly QuorateEvent[] =>
  holdsOf(report)
    .filter((hold) => !told.includes(keyOf(hold)))
    .map(({ rail, instanceId, reason, untilMs }) => ({
      name: 'ActHeld',
      detail: { ...everyOf(report), rail, instanceId, reason, untilMs },
    }));

const holdsOf = ({ plan }: Report): readonly Hold[] => (plan.kind === 'hold' ? plan.holds : []);

/** Without the reason, which may count seconds: one event for each new hold, not one a tick. */
const keyOf = ({ rail, instanceId }: Hold): string => `${rail} ${instanceId ?? ''}`;
