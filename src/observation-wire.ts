/**
 * What controller and prober say to each other, checked by whoever receives it. Neither trusts the
 * other: the prober reads bytes of sick nodes, and the controller's request could be anybody's.
 */
import * as v from 'valibot';
import type { Crossing, InstanceId, Reading, Sight } from './core/observation.ts';
import type { Preview } from './core/sides.ts';
import type { LookRequest, PreviewRequest } from './ports.ts';

/** Nodes of one request. Two connections each at a time stay far below Lambda's 1,024 file descriptors. */
export const SLICE_NODES_MAX = 50;
/** More than a balancer in three zones has unless it is very large; a self-test needs one. */
export const BALANCER_ADDRESSES_MAX = 16;
const MEMBERS_MAX = 1_000;

export type LookReply =
  | {
      readonly sighted: boolean;
      readonly sights: Readonly<Record<InstanceId, Sight>>;
      readonly crossings: readonly Crossing[];
      /** Not probed, because their address is outside the fleet's networks or missing. They have no sight. */
      readonly refused: readonly InstanceId[];
    }
  | { readonly failed: string };

/** How a call of the side in preview ended. */
export type PreviewReply = Pick<Preview, 'answer' | 'detail'>;

const Address = v.pipe(v.string(), v.ipv4());
const Instance = v.pipe(v.string(), v.regex(/^i-[0-9A-Za-z]{1,40}$/));
const Words = v.pipe(v.string(), v.regex(/^[\x20-\x7e]*$/), v.maxLength(300));
const Milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));

/** Enough to ask each of a few suspects' peers; a round must not become a mesh. */
export const CROSSINGS_MAX = 24;

const Node = v.strictObject({
  instanceId: Instance,
  // An instance that is starting or ending may have no address: it is refused alone, not with the others.
  address: v.pipe(v.string(), v.maxLength(64)),
});
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Partition = v.pipe(Count, v.maxValue(65_535));

const Fleet = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/));
const BalancerAddresses = v.pipe(v.array(Address), v.maxLength(BALANCER_ADDRESSES_MAX));

const Request = v.strictObject({
  fleet: Fleet,
  // While a deployment is under way, a controller that knows no sides asks about the only one there is.
  side: v.optional(v.picklist(['blue', 'green']), 'blue'),
  nodes: v.pipe(v.array(Node), v.maxLength(SLICE_NODES_MAX)),
  balancerAddresses: BalancerAddresses,
  probeDeadlineMs: Milliseconds,
  questions: v.strictObject({
    turn: Count,
    confirm: v.record(Instance, Partition),
    isLast: v.boolean(),
    crossings: v.pipe(v.array(v.strictObject({ via: Node, to: Node })), v.maxLength(CROSSINGS_MAX)),
    safety: v.boolean(),
  }),
});

const PreviewQuestion = v.strictObject({
  preview: v.strictObject({
    fleet: Fleet,
    balancerAddresses: BalancerAddresses,
    deadlineMs: Milliseconds,
  }),
});

const probeOf = <T>(value: v.GenericSchema<unknown, T>) =>
  v.variant('answer', [
    v.object({ answer: v.literal('ok'), value, tookMs: Milliseconds }),
    v.object({
      answer: v.literal('wrong'),
      cause: v.picklist(['refused', 'closed', 'status', 'garbage', 'tooLarge']),
      detail: Words,
      tookMs: Milliseconds,
    }),
    v.object({
      answer: v.literal('silent'),
      cause: v.picklist(['connectTimeout', 'answerTimeout']),
      tookMs: Milliseconds,
    }),
  ]);

const State = v.pipe(v.string(), v.regex(/^[A-Za-z_]{1,32}$/));

const Canary = v.variant('answer', [
  v.object({ answer: v.literal('ok'), partition: Partition, tookMs: Milliseconds }),
  v.object({ answer: v.literal('outOfMemory'), partition: Partition, detail: Words }),
  v.object({ answer: v.literal('silent'), partition: Partition, forMs: Milliseconds }),
  v.object({
    answer: v.literal('none'),
    why: v.picklist(['off', 'notConnected', 'noPartition', 'resting']),
  }),
]);

/** Empty before 3.x. */
const Uuid = v.union([v.literal(''), v.pipe(v.string(), v.uuid())]);

const Pool = v.object({ usedBytes: Count, maxBytes: v.nullable(Count) });

const SightSchema = v.object({
  tcp: probeOf(v.null()),
  health: probeOf(
    v.object({
      nodeState: State,
      clusterState: State,
      clusterSize: Count,
    }),
  ),
  view: probeOf(
    v.object({
      members: v.pipe(
        v.array(v.object({ address: Address, uuid: Uuid })),
        v.maxLength(MEMBERS_MAX),
      ),
    }),
  ),
  canary: Canary,
  application: probeOf(v.null()),
  memory: v.nullable(
    probeOf(v.object({ metaspace: v.nullable(Pool), heapAfterGc: v.nullable(Pool) })),
  ),
  safe: v.nullable(probeOf(v.boolean())),
});

const CrossingSchema = v.object({
  via: Instance,
  to: Instance,
  answer: v.picklist(['ok', 'silent', 'none']),
});

const Reply = v.union([
  v.object({ failed: Words }),
  v.object({
    sighted: v.boolean(),
    sights: v.record(Instance, SightSchema),
    crossings: v.pipe(v.array(CrossingSchema), v.maxLength(CROSSINGS_MAX)),
    refused: v.pipe(v.array(Instance), v.maxLength(SLICE_NODES_MAX)),
  }),
]);

const PreviewSchema = v.object({ answer: v.picklist(['ok', 'wrong', 'silent']), detail: Words });

/** What a prober is asked: how nodes look, or how the side in preview answers through the load balancer. */
export type ProberQuestion = LookRequest | { readonly preview: PreviewRequest };

export const readRequest = (value: unknown): Reading<ProberQuestion> =>
  isPreview(value) ? read(PreviewQuestion, value) : read(Request, value);
export const readPreview = (value: unknown): Reading<PreviewReply> => read(PreviewSchema, value);
export const readReply = (value: unknown): Reading<LookReply> => read(Reply, value);

/** Before it is checked, so that the problem that is told is one of the question that was meant. */
const isPreview = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'preview' in value;

/** The first problem, by the path to it; never the offending value. */
const read = <T>(schema: v.GenericSchema<unknown, T>, value: unknown): Reading<T> => {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return { ok: true, value: result.output };
  const [issue] = result.issues;
  return { ok: false, error: `${v.getDotPath(issue) ?? 'the whole'} is not ${issue.type}` };
};
