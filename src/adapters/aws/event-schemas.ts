/**
 * What `detail` of each event on the bus holds. `docs/events/` has the same as JSON Schema. Fields are only ever added;
 * what changes its meaning gets a new detail type.
 */
import * as v from 'valibot';
import type { Act } from '../../core/acts.ts';
import { CLUSTER_CONDITIONS, NODE_CONDITIONS, namesOf } from '../../core/conditions.ts';
import { FAILOVER_PHASES } from '../../core/failover-ledger.ts';

const ACTS: readonly Act['kind'][] = [
  'deregister',
  'register',
  'kill',
  'fence',
  'lift',
  'stop',
  'enterStandby',
  'exitStandby',
  'resize',
  'replace',
  'terminate',
];

const FAILOVER_ACTS: readonly Act['kind'][] = [
  ...ACTS,
  'scale',
  'suspend',
  'unsuspend',
  'preview',
  'endPreview',
  'switch',
  'dismiss',
  'carry',
  'restore',
  'endCarry',
];

const OUTCOMES = ['done', 'failed', 'deferred', 'unknown', 'skipped'] as const;

const described = <T extends v.GenericSchema>(schema: T, text: string) =>
  v.pipe(schema, v.description(text));

const Ms = v.pipe(v.number(), v.description('milliseconds since the epoch, controller clock'));

const every = {
  fleet: described(v.string(), 'name of the fleet'),
  atMs: Ms,
  mode: described(v.picklist(['shadow', 'act']), 'shadow: decided and told, nothing is done'),
};

const eviction = {
  fence: described(v.number(), 'number of the eviction, rising'),
  instanceId: v.string(),
  address: v.string(),
};

const Side = v.picklist(['blue', 'green']);

const failover = {
  fence: described(v.number(), 'number of the failover, rising; shared with evictions'),
  path: described(v.picklist(['move', 'rebuild']), 'move: to the other side; rebuild: in place'),
  from: Side,
  to: described(Side, 'the same as from in a rebuild'),
};

const sessions = described(
  v.nullable(
    v.object({
      moved: v.number(),
      expired: described(v.number(), 'near their end anyway, or over it'),
      unreachable: described(v.number(), 'on partitions that nobody answered for'),
      conflicts: described(v.number(), 'changed on the new side meanwhile, and left as they are'),
    }),
  ),
  'null: none were to be carried, or the courier said nothing',
);

const announcement = v.object({
  ...every,
  fence: failover.fence,
  from: described(Side, 'the side that users leave'),
  to: described(Side, 'the side that they are led to'),
  loggedOut: described(
    v.picklist(['nobody', 'some', 'everybody']),
    'of those whose session lives in the cluster; some: those whose copies nobody could read, or who are younger than the generation that was restored',
  ),
  sessions,
});

export const EVENT_SCHEMAS = {
  NodeConditionChanged: v.object({
    ...every,
    instanceId: v.string(),
    address: described(v.nullable(v.string()), 'null once the instance has left the group'),
    from: described(v.nullable(v.string()), 'null when the node is new'),
    to: v.picklist(namesOf(NODE_CONDITIONS)),
    because: v.string(),
  }),
  ClusterConditionChanged: v.object({
    ...every,
    from: v.nullable(v.string()),
    to: v.picklist(namesOf(CLUSTER_CONDITIONS)),
    because: v.string(),
    core: described(v.array(v.string()), 'instance ids of the working cluster'),
    seats: described(v.number(), 'size of the quorum base'),
  }),
  ActHeld: v.object({
    ...every,
    rail: described(v.string(), 'which rule holds the act back, see docs/ARCHITECTURE.md'),
    instanceId: v.nullable(v.string()),
    reason: v.string(),
    untilMs: described(v.nullable(v.number()), 'null: until something changes'),
  }),
  EvictionStarted: v.object({
    ...every,
    ...eviction,
    condition: v.picklist(namesOf(NODE_CONDITIONS)),
    failingSinceMs: Ms,
    reason: v.string(),
  }),
  EvictionStepped: v.object({
    ...every,
    fence: v.nullable(v.number()),
    instanceId: v.string(),
    address: v.string(),
    act: v.picklist(ACTS),
    outcome: described(
      v.picklist(OUTCOMES),
      'deferred: asked again; unknown: the reply was lost, the next look tells',
    ),
    detail: v.string(),
  }),
  MemberEvicted: v.object({
    ...every,
    ...eviction,
    afterMs: described(v.number(), 'from the first failed probe until no core member listed it'),
  }),
  EvictionEnded: v.object({
    ...every,
    ...eviction,
    ended: described(
      v.picklist(['completed', 'stoodDown']),
      'stoodDown: the node was found working before anything was done to it',
    ),
    tookMs: v.number(),
  }),
  FailoverStarted: v.object({
    ...every,
    ...failover,
    begunBy: described(
      v.picklist(['loss', 'order']),
      'loss: the majority was lost; order: asked for',
    ),
    because: v.string(),
    expected: described(v.string(), 'what is expected to be lost, told before anything is done'),
    size: described(v.number(), 'members that the new cluster shall have'),
  }),
  FailoverStepped: v.object({
    ...every,
    ...failover,
    phase: described(
      v.picklist(FAILOVER_PHASES),
      'with act null: it begins; switch is told before users go to the other side, drain after',
    ),
    act: v.nullable(v.picklist(FAILOVER_ACTS)),
    side: described(v.nullable(Side), 'what the act was done to, when it was a side'),
    instanceId: described(v.nullable(v.string()), 'the same, when it was an instance'),
    outcome: v.nullable(v.picklist(OUTCOMES)),
    detail: v.string(),
  }),
  UsersMoving: announcement,
  UsersMoved: announcement,
  FailoverEnded: v.object({
    ...every,
    ...failover,
    ended: described(v.picklist(['completed', 'undone']), 'undone: everything was changed back'),
    because: v.string(),
    tookMs: v.number(),
    sessions,
  }),
} as const;

export type EventName = keyof typeof EVENT_SCHEMAS;
export type EventDetail<Name extends EventName> = v.InferOutput<(typeof EVENT_SCHEMAS)[Name]>;

export type QuorateEvent = {
  [Name in EventName]: { readonly name: Name; readonly detail: EventDetail<Name> };
}[EventName];
