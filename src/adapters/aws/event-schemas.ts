/**
 * What `detail` of each event on the bus holds. `docs/events/` has the same as JSON Schema. Fields are only ever added;
 * what changes its meaning gets a new detail type.
 */
import * as v from 'valibot';
import { CLUSTER_CONDITIONS, NODE_CONDITIONS, namesOf } from '../../core/conditions.ts';
import type { Act } from '../../core/model.ts';

const ACTS: readonly Act['kind'][] = [
  'deregister',
  'register',
  'kill',
  'fence',
  'lift',
  'stop',
  'standby',
  'unstandby',
  'resize',
  'replace',
  'terminate',
];

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
      v.picklist(['done', 'failed', 'deferred', 'unknown', 'skipped']),
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
} as const;

export type EventName = keyof typeof EVENT_SCHEMAS;
export type EventDetail<Name extends EventName> = v.InferOutput<(typeof EVENT_SCHEMAS)[Name]>;
