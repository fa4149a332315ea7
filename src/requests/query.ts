/** Questions that change nothing. Answered from the row, from one look, or both; none of it is written anywhere. */
import * as v from 'valibot';
import type { InstanceId } from '../core/observation.ts';
import { loadRow, lookOnce, see, type Watchable } from '../look-once.ts';
import { type ExplainReport, explain } from '../report/explain.ts';
import { type FailoverReport, failoverReport } from '../report/failover.ts';
import { type OrdersReport, ordersOf } from '../report/orders.ts';
import { type PlanReport, planOf } from '../report/plan.ts';
import { type ProbeReport, probeReport } from '../report/probe.ts';
import { statusOf, statusReport } from '../report/status.ts';
import { fleetIn, type Refusal, refusal, storeRefusal, wrongRequest } from './reply.ts';
import { FleetName, InstanceName } from './words.ts';

const QuerySchema = v.variant('kind', [
  v.strictObject({ kind: v.picklist(['status', 'plan', 'orders']), fleet: FleetName }),
  v.strictObject({
    kind: v.literal('failover'),
    fleet: FleetName,
    /** `move`: of a cluster that works. */
    order: v.picklist(['failover', 'move']),
  }),
  v.strictObject({
    kind: v.picklist(['explain', 'probe']),
    fleet: FleetName,
    /** Absent: all nodes. */
    instanceId: v.optional(InstanceName),
  }),
]);
export type Query = v.InferOutput<typeof QuerySchema>;

export type QueryReply =
  | { readonly ok: true; readonly kind: 'status'; readonly report: ReturnType<typeof statusReport> }
  | { readonly ok: true; readonly kind: 'plan'; readonly report: PlanReport }
  | { readonly ok: true; readonly kind: 'explain'; readonly report: ExplainReport }
  | { readonly ok: true; readonly kind: 'probe'; readonly report: ProbeReport }
  | { readonly ok: true; readonly kind: 'failover'; readonly report: FailoverReport }
  | { readonly ok: true; readonly kind: 'orders'; readonly report: OrdersReport }
  | Refusal;

/** Rejects only for a fault of the program: the store that is down is an answer. */
export const answerQuery = async (
  event: unknown,
  fleets: readonly Watchable[],
): Promise<QueryReply> => {
  const parsed = v.safeParse(QuerySchema, event);
  if (!parsed.success) return wrongRequest(parsed.issues);
  const query = parsed.output;
  const fleet = fleetIn(fleets, query.fleet);
  if ('ok' in fleet) return fleet;
  try {
    return await answer(query, fleet);
  } catch (error) {
    return storeRefusal(error);
  }
};

const answer = async (query: Query, fleet: Watchable): Promise<QueryReply> => {
  const { kind } = query;
  switch (kind) {
    case 'status': {
      const row = await loadRow(fleet);
      const report = statusReport(statusOf(fleet.name, row, fleet.deps.clock.nowMs()));
      return { ok: true, kind, report };
    }
    case 'orders':
      return { ok: true, kind, report: ordersOf(fleet.name, await loadRow(fleet)) };
    case 'plan':
      return { ok: true, kind, report: planOf(await lookOnce(fleet)) };
    case 'failover': {
      const look = await lookOnce(fleet, { move: true, preview: false });
      const report = failoverReport(look, query.order, fleet.sessions?.maps ?? []);
      return { ok: true, kind, report };
    }
    case 'explain': {
      const look = await lookOnce(fleet);
      const report = explain(look, query.instanceId ?? null);
      return report === null ? nobody(fleet, look.stepped.nodes) : { ok: true, kind, report };
    }
    case 'probe':
      return await probe(fleet, query.instanceId ?? null);
  }
};

const NOTHING_KNOWN = { state: null, pause: null, orders: [] };

const probe = async (fleet: Watchable, instanceId: InstanceId | null): Promise<QueryReply> => {
  const observation = await see(fleet, NOTHING_KNOWN);
  const { inventory } = observation;
  if (!inventory.ok) return refusal('unknown', `whom to probe? ${inventory.error}`);
  const report = probeReport(fleet.name, observation, inventory.value, instanceId);
  return report === null
    ? nobody(fleet, inventory.value.instances)
    : { ok: true, kind: 'probe', report };
};

const nobody = (
  { name }: Watchable,
  nodes: readonly { readonly instanceId: InstanceId }[],
): Refusal => {
  const known = nodes.map(({ instanceId }) => instanceId).join(', ');
  return refusal('refused', `it is not in fleet ${name}, which has: ${known || 'no instances'}`);
};
