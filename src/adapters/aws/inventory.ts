/**
 * What AWS says of the fleet, in two round trips: the group and its instances, then how the load balancer, EC2's checks
 * and SSM see them. It runs on the critical path, freshly before each act. Anything missing, half or contradictory is
 * an error and never an empty or shorter list; but agents, impairments and instance refreshes have a word for "not
 * known", and do not hold the reading up.
 */
import { type EC2Client, type Instance, paginateDescribeInstances } from '@aws-sdk/client-ec2';
import { type Fleet, fleetOn, noSuchSide } from '../../config/fleet.ts';
import type { InstanceId, Inventory, Instance as Observed } from '../../core/observation.ts';
import type { Clock, InventoryReader } from '../../ports.ts';
import { readAgents } from './agents.ts';
import { type BalancerAddresses, createBalancerAddresses } from './balancer-addresses.ts';
import { CallFailed, pagesOf, within } from './call.ts';
import type { AwsClients } from './clients.ts';
import { AnswerUnusable, FLEET_TAG, type Group, GroupGone, readGroup } from './group.ts';
import { type Impairments, readImpairments } from './impairments.ts';
import { deployment, readRefreshes } from './other-actors.ts';
import { readTargetHealth, type TargetEntry, worstStateOf } from './target-health.ts';

/** The whole reading. Ten times what it takes on a good day, and short enough to leave a tick its time. */
const READ_DEADLINE_MS = 4_000;
/** What is not vital has less time, so that it is given up before the rest is. */
const EXTRA_DEADLINE_MS = 1_500;

interface InventoryParts {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly clients: Pick<AwsClients, 'retried'>;
}

export const createInventory = ({ fleet, clock, clients }: InventoryParts): InventoryReader => {
  const balancerAddresses = createBalancerAddresses(clients.retried, clock);
  return {
    read: async (side, signal) => {
      const there = fleetOn(fleet, side);
      if (there === null) return { ok: false, error: noSuchSide(fleet, side) };
      try {
        const deadline = within(READ_DEADLINE_MS, signal);
        const readAtMs = clock.nowMs();
        const sources = { fleet: there, clients, balancerAddresses, readAtMs };
        const found = await readAll(sources, deadline);
        return { ok: true, value: found };
      } catch (error) {
        const unread = { ok: false, error: sentenceFor(error) } as const;
        return error instanceof GroupGone ? { ...unread, isGone: true } : unread;
      }
    },
  };
};

const sentenceFor = (error: unknown): string =>
  error instanceof CallFailed || error instanceof AnswerUnusable
    ? error.message
    : `the AWS inventory could not be read: ${String(error)}`;

type Sources = Pick<InventoryParts, 'fleet' | 'clients'> & {
  readonly balancerAddresses: BalancerAddresses;
  readonly readAtMs: number;
};

const readAll = async (
  { fleet, clients, balancerAddresses, readAtMs }: Sources,
  signal: AbortSignal,
): Promise<Inventory> => {
  const { autoScaling, ec2, balancing, ssm } = clients.retried;
  const [group, described, refreshes] = await Promise.all([
    readGroup(autoScaling, fleet, signal),
    readInstances(ec2, fleet, signal),
    readRefreshes(autoScaling, fleet, within(EXTRA_DEADLINE_MS, signal)),
  ]);
  const ids = group.members.map((member) => member.instanceId);
  const known = ids.flatMap((id) => described.get(id) ?? []);
  const extra = within(EXTRA_DEADLINE_MS, signal);
  const [targets, addresses, agents, impairments] = await Promise.all([
    Promise.all(group.targetGroupArns.map((arn) => readTargetHealth(balancing, arn, signal))),
    balancerAddresses(group.targetGroupArns, signal),
    readAgents(ssm, ids, extra),
    readImpairments(ec2, known, extra),
  ]);
  return {
    readAtMs,
    groupTagged: group.tagged,
    desired: group.desired,
    max: group.max,
    min: group.min,
    suspended: group.suspended,
    otherActors: [...refreshes, ...group.suspendedBy, ...deployment(group.tags, readAtMs)],
    departed: departedOf(ids, described),
    instances: instancesOf(fleet, group, { described, targets, agents, impairments }),
    balancerAddresses: addresses,
  };
};

/** By Auto Scaling's own tag, so that it needs no list of ids and runs beside the reading of the group. */
const readInstances = async (
  client: EC2Client,
  fleet: Fleet,
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<InstanceId, Instance>> => {
  const input = { Filters: [{ Name: 'tag:aws:autoscaling:groupName', Values: [fleet.group] }] };
  const pages = await pagesOf(
    'ec2:DescribeInstances',
    paginateDescribeInstances({ client, pageSize: 1_000 }, input, { abortSignal }),
  );
  const instances = pages
    .flatMap((page) => page.Reservations ?? [])
    .flatMap((reservation) => reservation.Instances ?? []);
  return new Map(instances.map((instance) => [instance.InstanceId ?? '', instance]));
};

/** EC2 shows a terminated instance for about an hour, Auto Scaling only until it is gone. */
const departedOf = (
  ids: readonly InstanceId[],
  described: ReadonlyMap<InstanceId, Instance>,
): readonly InstanceId[] =>
  [...described]
    .filter(([id, instance]) => instance.State?.Name === 'terminated' && !ids.includes(id))
    .map(([id]) => id);

interface Witnesses {
  readonly described: ReadonlyMap<InstanceId, Instance>;
  readonly targets: readonly (readonly TargetEntry[])[];
  readonly agents: ReadonlySet<InstanceId> | null;
  readonly impairments: Impairments;
}

const instancesOf = (
  fleet: Fleet,
  group: Group,
  { described, targets, agents, impairments }: Witnesses,
): readonly Observed[] =>
  group.members.map(({ instanceId, zone, lifecycle }) => {
    const instance = described.get(instanceId);
    if (instance === undefined) {
      throw new AnswerUnusable(
        `Auto Scaling lists ${instanceId || 'an instance without an id'} in "${fleet.group}" but EC2 does not know it (yet): asked again at the next tick`,
      );
    }
    return {
      instanceId,
      address: addressOf(instanceId, instance),
      zone: instance.Placement?.AvailabilityZone ?? zone,
      ec2State: instance.State?.Name ?? 'unknown',
      lifecycle,
      launchedAtMs: launchedAtMsOf(instanceId, instance),
      tagged: (instance.Tags ?? []).some(
        (tag) => tag.Key === FLEET_TAG && tag.Value === fleet.name,
      ),
      target: worstStateOf(instanceId, targets),
      agentOnline: agents?.has(instanceId) ?? null,
      impairments: impairments.get(instanceId) ?? [],
    };
  });

/** Empty only once EC2 has taken the address back. */
const addressOf = (instanceId: InstanceId, instance: Instance): string => {
  const state = instance.State?.Name;
  const address = instance.PrivateIpAddress ?? '';
  if (address === '' && state !== 'terminated' && state !== 'shutting-down') {
    throw new AnswerUnusable(
      `EC2 gives no private address for ${instanceId} (${state ?? 'no state'}): asked again at the next tick`,
    );
  }
  return address;
};

const launchedAtMsOf = (instanceId: InstanceId, instance: Instance): number => {
  if (instance.LaunchTime === undefined) {
    throw new AnswerUnusable(`EC2 gives no launch time for ${instanceId}`);
  }
  return instance.LaunchTime.getTime();
};
