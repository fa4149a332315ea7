/** What people asked for by hand, and what became of it. */
import * as v from 'valibot';
import { PHASES } from '../core/describe.ts';
import { FAILOVER_WORDS } from '../core/describe-failover.ts';
import type { Failover } from '../core/failover-ledger.ts';
import type { Row } from '../ports.ts';
import { list } from './list.ts';

const OrderStory = v.object({
  id: v.string(),
  kind: v.string(),
  /** `null`: it is about the whole fleet. */
  instanceId: v.nullable(v.string()),
  by: v.string(),
  /** `waiting`: not decided yet. */
  status: v.picklist(['waiting', 'accepted', 'refused', 'done']),
  /** For people: why it was asked while it waits, then why not, or how it goes. */
  detail: v.string(),
  atMs: v.number(),
});
export type OrderStory = v.InferOutput<typeof OrderStory>;

const Flight = v.object({
  fence: v.number(),
  instanceId: v.string(),
  startedAtMs: v.number(),
  /** Gone from every core member's list. */
  isOut: v.boolean(),
  rungs: list(v.object({ rung: v.string(), outcome: v.string(), detail: v.string() })),
});
export type Flight = v.InferOutput<typeof Flight>;

/** To the other side, or rebuilt in place. */
const FailoverStory = v.object({
  fence: v.number(),
  orderId: v.nullable(v.string()),
  path: v.string(),
  phase: v.string(),
  /** For people: what the phase waits for. */
  words: v.string(),
  expected: v.string(),
  undoneFor: v.nullable(v.string()),
  startedAtMs: v.number(),
});
export type FailoverStory = v.InferOutput<typeof FailoverStory>;

export const OrdersReport = v.object({
  fleet: v.string(),
  /** Oldest first. */
  orders: list(OrderStory),
  inFlight: v.nullable(Flight),
  /** Replaced in good order. */
  retirement: v.nullable(v.object({ instanceId: v.string(), phase: v.string() })),
  failover: v.optional(v.nullable(FailoverStory), null),
  lastTickMs: v.nullable(v.number()),
});
export type OrdersReport = v.InferOutput<typeof OrdersReport>;

export const ordersOf = (fleet: string, { state, orders }: Row): OrdersReport => {
  const decided = state?.orders ?? [];
  const waiting = orders.filter(({ id }) => decided.every((record) => record.id !== id));
  const inFlight = state?.inFlight ?? null;
  const retirement = state?.retirement ?? null;
  return {
    fleet,
    orders: [
      ...decided.map(({ id, kind, instanceId, by, status, detail, atMs }) => ({
        id,
        kind,
        instanceId,
        by,
        status,
        detail,
        atMs,
      })),
      ...waiting.map(({ id, kind, instanceId, by, reason, atMs }) => ({
        id,
        kind,
        instanceId,
        by,
        status: 'waiting' as const,
        detail: reason,
        atMs,
      })),
    ],
    inFlight:
      inFlight === null
        ? null
        : {
            fence: inFlight.fence,
            instanceId: inFlight.instanceId,
            startedAtMs: inFlight.startedAtMs,
            isOut: inFlight.evictedAtMs !== null,
            rungs: inFlight.rungs.map(({ rung, outcome, detail }) => ({ rung, outcome, detail })),
          },
    retirement:
      retirement === null
        ? null
        : { instanceId: retirement.instanceId, phase: PHASES[retirement.phase] },
    failover: storyOf(state?.failover ?? null),
    lastTickMs: state?.lastTickMs ?? null,
  };
};

const storyOf = (failover: Failover | null): FailoverStory | null => {
  if (failover === null) return null;
  const { fence, orderId, path, phase, expected, undoneFor, startedAtMs } = failover;
  const words = FAILOVER_WORDS[phase];
  return { fence, orderId, path, phase, words, expected, undoneFor, startedAtMs };
};
