/** The package in the lab's region, with members to watch: processes on the loopback, and an instance of somebody else. */
import { CreateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import type { Template } from '../../lab/cloud/intrinsics.ts';
import type { JournalEntry } from '../../lab/cloud/journal.ts';
import { asRecord, type Parameters, record } from '../../lab/cloud/parameters.ts';
import { GROUP, STANDBY } from '../../lab/cloud/world.ts';
import { type Hypervisor, PLAN } from '../../lab/parts.ts';
import { until } from './cloud-bench.ts';
import { createHosts, type Hosts } from './ladder-hosts.ts';
import { type Packaged, PREFIX, startPackaged } from './packaged-bench.ts';

export interface PackagedFleet extends Packaged {
  readonly hosts: Hosts;
  /** Hosts that are to go stay on meanwhile. @returns ends it */
  readonly holdPower: () => () => void;
  /** Of another group of the region. */
  readonly stranger: string;
  /** Instances with a member, oldest first. */
  readonly members: () => readonly string[];
  /** Resolves when three members are in service, list each other and are watched as a quorate cluster. */
  readonly whole: () => Promise<void>;
  /** What the row holds, as the query tells it. */
  readonly status: () => Promise<Status>;
  /** Calls of our functions since the first `after` of the journal that may change the world, oldest first. */
  readonly changes: (after: number) => readonly JournalEntry[];
}

export interface Status {
  readonly cluster: { readonly condition: string } | null;
  readonly nodes: readonly { readonly instanceId: string; readonly condition: string }[];
  readonly seats: readonly { readonly instanceId: string | null }[];
  readonly inFlight: { readonly instanceId: string } | null;
  readonly orders: readonly { readonly id: string; readonly status: string }[];
  readonly lease: { readonly holder: string } | null;
}

/** The eager profile, with time for a busy machine where time is not what is tested; nothing is rationed. */
const fleetsOf = (port: number): string => `
fleets:
  api:
    mode: act
    group: ${GROUP}
    networks: [${PLAN.vpc}]
    member: { port: ${port}, service: member.service, canary: 'off' }
    application: { port: ${port}, path: /check }
    standby: { group: ${STANDBY}, cluster: ${STANDBY} }
    routing: { listener: '${PLAN.listener}' }
    profile: eager
    policy:
      tickEvery: 500ms
      suspectTickEvery: 250ms
      lateAfter: 10s
      blindGap: 30s
      stableAfter: 500ms
      killDeadline: 60s
      fenceAfter: 60s
      replaceUnprovenDeadline: 10m
      safetyDeadline: 1s
      cooldown: 0s
      seatKillsMax: 100
      fleetKillsMax: 100
`;

const OTHERS = 'others';

export const startPackagedFleet = async (): Promise<PackagedFleet> => {
  const hosts = await createHosts();
  const hypervisor = withStrangers(hosts);
  const packaged = await startPackaged({
    fleets: fleetsOf(hosts.port),
    world: { deregistrationDelayS: 1, standby: {} },
    region: { hypervisor },
    adapt: overLoopback,
  });
  const { bench, ask } = packaged;
  const stranger = await launchStranger(packaged);
  const status = async (): Promise<Status> => {
    const { report } = (await ask({ kind: 'status' })) as { readonly report: Status };
    return report;
  };
  return {
    ...packaged,
    hosts,
    holdPower: hosts.holdPower,
    stranger,
    status,
    members: () =>
      hosts
        .members()
        .map(
          (address) =>
            bench.instances.all().findLast((each) => each.address === address)?.id ?? '?',
        ),
    whole: async () => {
      await until(async () => {
        const { cluster, seats, inFlight } = await status();
        const running = bench.instances
          .all()
          .filter(({ group, state }) => group === GROUP && state === 'running');
        const isQuorate = cluster?.condition === 'Quorate' && inFlight === null;
        return isQuorate && [running, hosts.members(), seats].every(({ length }) => length === 3);
      });
    },
    changes: (after) => bench.journal.find().slice(after).filter(isChange),
    stop: async () => {
      await packaged.stop();
      await hosts.stop();
    },
  };
};

/** Questions, our own memory, and what is told. */
const HARMLESS =
  /^(Describe\w+|List\w+|GetItem|UpdateItem|PutEvents|PutMetricData|Invoke|CreateLogStream|PutLogEvents)$/;

const isChange = ({ who, action }: JournalEntry): boolean =>
  who.startsWith(PREFIX) && !HARMLESS.test(action);

/** Hosts of other groups have no member. */
const withStrangers = (hosts: Hosts): Hypervisor => {
  const strangers = new Set<string>();
  return {
    ...hosts,
    powerOn: async (spec) => {
      if (spec.group === GROUP) await hosts.powerOn(spec);
      else strangers.add(spec.instanceId);
    },
    isOn: (instanceId) => strangers.has(instanceId) || hosts.isOn(instanceId),
  };
};

const launchStranger = async ({ bench, world }: Packaged): Promise<string> => {
  await bench.clients.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: OTHERS,
      MinSize: 1,
      MaxSize: 1,
      LaunchTemplate: { LaunchTemplateId: world.launchTemplateId },
      VPCZoneIdentifier: world.subnets.a,
      Tags: [{ Key: 'quorate:fleet', Value: 'shop', PropagateAtLaunch: true }],
    }),
  );
  const { id } = await until(async () =>
    bench.instances.all().find(({ group, state }) => group === OTHERS && state === 'running'),
  );
  return id;
};

const BEND = new URL('./loopback-hosts.ts', import.meta.url).href;

/** Observers alone reach hosts. */
const overLoopback = ({ Resources = {}, ...template }: Template): Template => ({
  ...template,
  Resources: Object.fromEntries(
    Object.entries(Resources).map(([id, resource]) => [
      id,
      /^ProbeDash[ab]LambdaFunction$/.test(id) ? bent(asRecord(resource)) : resource,
    ]),
  ),
});

const bent = (resource: Parameters): Parameters => {
  const properties = record(resource, 'Properties');
  const variables = record(record(properties, 'Environment'), 'Variables');
  const Environment = { Variables: { ...variables, NODE_OPTIONS: `--import=${BEND}` } };
  return { ...resource, Properties: { ...properties, Environment } };
};
