/**
 * What a person orders. An order to evict, replace, fail over or abort is added to the row and decided by the loop like anything else,
 * by every rail; here it is checked before and waited for after. A pause goes to the row at once.
 *
 * All of them may be repeated: an order is known by its request id, a pause is the same pause, and a resume that says
 * which pause it means does not lift a later one.
 */
import * as v from 'valibot';
import type { Pause } from '../core/observation.ts';
import { loadRow, type Watchable } from '../look-once.ts';
import { type DecideContext, decide } from './decide.ts';
import { placeOrder } from './place-order.ts';
import { type CommandReply, fleetIn, refusal, storeRefusal, wrongRequest } from './reply.ts';
import { By, FleetName, InstanceName, Reason, RequestId } from './words.ts';

const every = { fleet: FleetName, by: By, requestId: RequestId };

const CommandSchema = v.variant('kind', [
  v.strictObject({
    kind: v.picklist(['evict', 'replace']),
    ...every,
    instanceId: InstanceName,
    reason: Reason,
  }),
  v.strictObject({ kind: v.picklist(['failover', 'move', 'abort']), ...every, reason: Reason }),
  v.strictObject({
    kind: v.literal('pause'),
    ...every,
    reason: Reason,
    /** When it ends by itself, in ms since the epoch: a time, so that a repetition does not lengthen it. */
    untilMs: v.nullable(v.pipe(v.number(), v.finite())),
  }),
  v.strictObject({
    kind: v.literal('resume'),
    ...every,
    /** Of the pause that is meant: its `atMs`. Absent: whichever there is. */
    pausedAtMs: v.optional(v.pipe(v.number(), v.finite())),
  }),
]);
export type Command = v.InferOutput<typeof CommandSchema>;

/** Rejects only for a fault of the program: the store that is down is an answer. */
export const carryOut = async (
  event: unknown,
  fleets: readonly Watchable[],
  context: DecideContext,
): Promise<CommandReply> => {
  const parsed = v.safeParse(CommandSchema, event);
  if (!parsed.success) return wrongRequest(parsed.issues);
  const command = parsed.output;
  const fleet = fleetIn(fleets, command.fleet);
  if ('ok' in fleet) return fleet;
  try {
    switch (command.kind) {
      case 'evict':
      case 'replace':
      case 'failover':
      case 'move':
      case 'abort': {
        const { kind, requestId: id, by, reason } = command;
        const instanceId = 'instanceId' in command ? command.instanceId : null;
        const order = { id, kind, instanceId, by, reason, atMs: fleet.deps.clock.nowMs() };
        return (await placeOrder(fleet, order)) ?? (await decide(fleet, order, context));
      }
      case 'pause':
        return await pause(fleet, command);
      case 'resume':
        return await resume(fleet, command);
    }
  } catch (error) {
    return storeRefusal(error);
  }
};

const STORE_DEADLINE_MS = 3_000;

const pause = async (
  fleet: Watchable,
  { by, reason, untilMs, requestId }: Extract<Command, { kind: 'pause' }>,
): Promise<CommandReply> => {
  const { store, clock } = fleet.deps;
  const row = await loadRow(fleet);
  if (row.version === 0) return refusal('refused', unwatched(fleet));
  const wanted: Pause = { by, reason, atMs: clock.nowMs(), untilMs };
  if (untilMs !== null && untilMs <= wanted.atMs) {
    return refusal('refused', 'that pause would be over already: its untilMs has passed');
  }
  const message = `fleet ${fleet.name} is paused`;
  if (!isSame(row.pause, wanted)) {
    await store.setPause(fleet.name, wanted, AbortSignal.timeout(STORE_DEADLINE_MS));
  }
  return { ok: true, answer: 'done', requestId, message };
};

const isSame = (known: Pause | null, wanted: Pause): boolean =>
  known !== null &&
  known.by === wanted.by &&
  known.reason === wanted.reason &&
  known.untilMs === wanted.untilMs;

const resume = async (
  fleet: Watchable,
  { pausedAtMs, requestId }: Extract<Command, { kind: 'resume' }>,
): Promise<CommandReply> => {
  const row = await loadRow(fleet);
  if (row.version === 0) return refusal('refused', unwatched(fleet));
  const done = { ok: true, answer: 'done', requestId } as const;
  if (row.pause === null) return { ...done, message: `fleet ${fleet.name} was not paused` };
  if (pausedAtMs !== undefined && row.pause.atMs !== pausedAtMs) {
    const { by, reason } = row.pause;
    return refusal('refused', `another pause has taken its place, by ${by}: ${reason}`);
  }
  await fleet.deps.store.setPause(fleet.name, null, AbortSignal.timeout(STORE_DEADLINE_MS));
  return { ...done, message: `fleet ${fleet.name} resumed` };
};

/** Else a fleet that is not deployed yet would seem to be paused. */
const unwatched = ({ name }: Watchable): string => `fleet ${name} has never been watched`;
