/** The shape of what is remembered of a fleet. Fields that this version does not know are kept and ignored (additions are additive). */
import * as v from 'valibot';
import { CLUSTER_CONDITIONS, NODE_CONDITIONS, namesOf } from '../core/conditions.ts';
import { FAILOVER_PHASES } from '../core/failover-ledger.ts';
import { RUNGS, type State } from '../core/model.ts';
import type { Order, Pause } from '../core/observation.ts';
import { ChangedSchema, Side } from './changed-schema.ts';
import { VaultMemorySchema } from './vault-word-schema.ts';

const Ms = v.number();
const MsOrNull = v.nullable(Ms);
const InstanceId = v.string();
const node = { instanceId: InstanceId, address: v.string() };
const CommandId = v.nullable(v.string());

const NodeCondition = v.picklist(namesOf(NODE_CONDITIONS));
const ClusterCondition = v.picklist(namesOf(CLUSTER_CONDITIONS));

const Streak = v.looseObject({
  sinceMs: Ms,
  faultSinceMs: MsOrNull,
  stuckSinceMs: v.optional(MsOrNull, null),
  reached: v.boolean(),
  quietSinceMs: MsOrNull,
  failedMs: v.optional(v.number(), 0),
  owedMs: v.optional(v.number(), 0),
  badUntilMs: v.optional(MsOrNull, null),
});

const Owed = v.looseObject({
  failedMs: v.number(),
  faultMs: v.nullable(v.number()),
  sinceMs: Ms,
  owedMs: v.number(),
  atMs: Ms,
});

const NodeMemory = v.looseObject({
  address: v.string(),
  firstSeenMs: Ms,
  hasWorked: v.boolean(),
  worksSinceMs: v.optional(MsOrNull, null),
  failingSinceMs: MsOrNull,
  streaks: v.optional(v.record(v.string(), Streak), {}),
  owed: v.optional(v.record(v.string(), Owed), {}),
  listedSinceMs: MsOrNull,
  lastView: v.nullable(v.array(v.string())),
  view: v.nullable(v.array(v.string())),
  uuid: v.optional(v.string(), ''),
  uuidSinceMs: v.optional(Ms, 0),
  coreUuid: v.optional(v.nullable(v.string()), null),
  strayingSinceMs: v.optional(MsOrNull, null),
  canaryPartition: v.optional(MsOrNull, null),
  tagged: v.optional(v.boolean(), false),
  condition: NodeCondition,
  conditionSinceMs: Ms,
  missingSinceMs: v.optional(MsOrNull, null),
});

const Rung = v.looseObject({
  rung: v.picklist(RUNGS),
  startedAtMs: Ms,
  deadlineMs: Ms,
  outcome: v.picklist(['pending', 'done', 'failed', 'unknown', 'skipped']),
  detail: v.string(),
  commandId: v.nullable(v.string()),
});

const Eviction = v.looseObject({
  fence: v.pipe(v.number(), v.integer()),
  ...node,
  condition: NodeCondition,
  failingSinceMs: Ms,
  startedAtMs: Ms,
  confirmedAtMs: MsOrNull,
  evictedAtMs: MsOrNull,
  begunBy: v.optional(v.picklist(['tolerance', 'order', 'retirement']), 'tolerance'),
  orderId: v.optional(v.nullable(v.string()), null),
  rungs: v.array(Rung),
});

const Fence = v.looseObject({
  fence: v.pipe(v.number(), v.integer()),
  ...node,
  isMaster: v.boolean(),
  untilMs: Ms,
  hosts: v.array(
    v.looseObject({
      instanceId: InstanceId,
      wanted: v.picklist(['fence', 'lift']),
      status: v.picklist(['asked', 'done', 'failed']),
      askedAtMs: Ms,
      commandId: CommandId,
      detail: v.string(),
    }),
  ),
});

const Retirement = v.looseObject({
  fence: v.pipe(v.number(), v.integer()),
  ...node,
  because: v.string(),
  orderId: v.nullable(v.string()),
  startedAtMs: Ms,
  desired: v.number(),
  veterans: v.array(InstanceId),
  phase: v.picklist(['spare', 'safe', 'drain', 'stop', 'undo']),
  phaseSinceMs: Ms,
  isAsked: v.boolean(),
  commandId: CommandId,
});

const Cut = v.looseObject({ via: InstanceId, to: InstanceId, sinceMs: Ms, seenAtMs: Ms });

const OrderKind = v.picklist(['evict', 'replace', 'failover', 'move', 'abort']);

const OrderRecord = v.looseObject({
  id: v.string(),
  kind: OrderKind,
  instanceId: v.nullable(InstanceId),
  by: v.string(),
  status: v.picklist(['accepted', 'refused', 'done']),
  detail: v.string(),
  atMs: Ms,
});

/** Of one side, the other one's in a move. */
const sideMemory = {
  lastTickMs: Ms,
  nodes: v.record(InstanceId, NodeMemory),
  seats: v.array(
    v.looseObject({
      seat: v.pipe(v.number(), v.integer()),
      instanceId: v.nullable(InstanceId),
    }),
  ),
  core: v.array(InstanceId),
  cluster: ClusterCondition,
  clusterSinceMs: Ms,
  resync: v.optional(v.nullable(v.looseObject({ sinceMs: Ms, safeRounds: v.number() })), null),
  loss: v.optional(v.nullable(v.looseObject({ sinceMs: Ms, sureSinceMs: MsOrNull })), null),
  lostMs: v.optional(v.number(), 0),
  cuts: v.optional(v.array(Cut), []),
  symptomsSinceMs: v.optional(MsOrNull, null),
  muteSinceMs: v.optional(MsOrNull, null),
  boots: v.optional(v.array(v.number()), []),
};

const Failover = v.looseObject({
  fence: v.pipe(v.number(), v.integer()),
  undoes: v.optional(v.nullable(v.number()), null),
  path: v.picklist(['move', 'rebuild']),
  because: v.string(),
  expected: v.string(),
  begunBy: v.picklist(['loss', 'order']),
  isPlanned: v.optional(v.boolean(), false),
  orderId: v.nullable(v.string()),
  from: Side,
  to: Side,
  size: v.number(),
  startedAtMs: Ms,
  phase: v.picklist(FAILOVER_PHASES),
  phaseSinceMs: Ms,
  undoneFor: v.nullable(v.string()),
  isStandbyFit: v.exactOptional(v.literal(true)),
  abortedFor: v.optional(v.nullable(v.string()), null),
  changed: v.array(ChangedSchema),
  courier: v.nullable(
    v.looseObject({
      beat: v.number(),
      heardAtMs: Ms,
      isAwaited: v.exactOptional(v.literal(true)),
    }),
  ),
  isolatedAtMs: v.optional(Ms, 0),
  isSwitchAsked: v.optional(v.boolean(), false),
  side: v.nullable(v.looseObject(sideMemory)),
});

/** The annotation makes the compiler say so when `State` grows and this does not. */
export const StateSchema: v.GenericSchema<unknown, State> = v.looseObject({
  schema: v.literal(1),
  ...sideMemory,
  active: v.optional(Side, 'blue'),
  fence: v.pipe(v.number(), v.integer()),
  inFlight: v.nullable(Eviction),
  kills: v.array(v.looseObject({ atMs: Ms, seat: v.nullable(v.number()), instanceId: InstanceId })),
  retirement: v.optional(v.nullable(Retirement), null),
  retireAfterMs: v.optional(Ms, 0),
  fences: v.optional(v.array(Fence), []),
  failover: v.optional(v.nullable(Failover), null),
  failoverAfterMs: v.optional(Ms, 0),
  standbyAfterMs: v.optional(Ms, 0),
  vault: v.optional(v.nullable(VaultMemorySchema), null),
  orders: v.optional(v.array(OrderRecord), []),
});

export const PauseSchema: v.GenericSchema<unknown, Pause> = v.looseObject({
  by: v.string(),
  reason: v.string(),
  atMs: Ms,
  untilMs: MsOrNull,
});

export const OrdersSchema: v.GenericSchema<unknown, readonly Order[]> = v.array(
  v.looseObject({
    id: v.string(),
    kind: OrderKind,
    instanceId: v.nullable(InstanceId),
    by: v.string(),
    reason: v.string(),
    atMs: Ms,
  }),
);
