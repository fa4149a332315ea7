/** Everything that a scenario plays on: network, hosts, region, balancer, users, and the eyes of the lab. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { LAB_BALANCER, startBalancer } from '../balancer/balancer.ts';
import type { Call } from '../clients/call.ts';
import {
  type Clients,
  type ClientsOptions,
  LAB_CLIENTS,
  startClients,
} from '../clients/clients.ts';
import { type Region, startRegion } from '../cloud/region.ts';
import { createWorld, type WorldOptions } from '../cloud/world.ts';
import { type Controller, WATCHES } from '../controllers.ts';
import { createFaults, type Faults } from '../faults.ts';
import { fractionOf } from '../fraction.ts';
import { createHypervisor, type LabHypervisor } from '../host/hypervisor.ts';
import type { Line } from '../lines.ts';
import { createNetwork } from '../network.ts';
import type { Balancer } from '../parts.ts';
import { PATHS, TEMPLATE } from '../paths.ts';
import { findJdk } from '../tools.ts';
import { type Routing, watchRouting } from './routing.ts';
import { type Truth, watchTruth } from './truth.ts';

export interface StageOptions {
  /** Members at the start. */
  readonly size: number;
  /** Of Hazelcast; the newest when undefined. */
  readonly line: Line | undefined;
  /** Who watches decides on health checks, too. */
  readonly controller: Controller;
  readonly heartbeatS: number;
  /** To dispatch a command, and again to report. */
  readonly ssmDelayMs: number;
  readonly seed: number;
  /** Logs of this run. */
  readonly logs: string;
  /** A second side; absent: there is none. */
  readonly standby?: WorldOptions['standby'];
  /** A bucket for the sessions; there is none when absent. */
  readonly hasVault?: boolean;
  /** How many users call how often; the lab's usual ones when absent. */
  readonly load?: Pick<ClientsOptions, 'users' | 'perSecond'>;
  /** Whether users who are logged out rest before they try again (clients/back-off.ts). */
  readonly backsOff?: boolean;
  readonly onCalls: (calls: readonly Call[]) => void;
}

export interface Stage {
  readonly hypervisor: LabHypervisor;
  readonly region: Region;
  readonly balancer: Balancer;
  readonly faults: Faults;
  readonly clients: Clients;
  readonly truth: Truth;
  readonly routing: Routing;
  /**
   * Deploys a template; its schedule starts soon.
   * @param build folder with the template, and the bundles that it names
   * @returns log files of the functions that may watch over the fleet; one that was never invoked has written none
   */
  deploy(build: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The lab does not make a scenario wait for the minute. */
const FIRST_TICK_IN_MS = 200;
/** Except where the minute is what is measured: then the fault falls anywhere in it, by the seed. */
const firstTickInMs = ({ controller, seed }: StageOptions): number =>
  controller === 'detach' ? fractionOf(seed) * 60_000 : FIRST_TICK_IN_MS;
const CLUSTER_DEADLINE_MS = 120_000;

/** @throws when a part does not start or the cluster does not form in time. */
export const openStage = async (options: StageOptions): Promise<Stage> => {
  const jdk = findJdk();
  if (jdk === null) throw new Error('no suitable JDK: see the missing tools');
  const network = await createNetwork();
  const hypervisor = createHypervisor({
    network,
    ...(options.line && { line: options.line }),
    javaHome: jdk.home,
    logs: options.logs,
    environment: () => ({ MAX_NO_HEARTBEAT_SECONDS: String(options.heartbeatS) }),
  });
  const balancer = await startBalancer(LAB_BALANCER);
  const { ssmDelayMs } = options;
  const region = await startRegion({
    hypervisor,
    balancer,
    python: join(PATHS.venv, 'bin/python'),
    logFolder: options.logs,
    ssmDelayMs: { dispatch: ssmDelayMs, report: ssmDelayMs },
    firstTickInMs: firstTickInMs(options),
  });
  const { size, standby, hasVault = false } = options;
  await createWorld(region.clients, {
    size,
    ...WATCHES[options.controller].world,
    ...(standby && { standby }),
    hasVault,
  });
  const routing = watchRouting(region);
  const truth = watchTruth(() => region.instances.all().filter(({ id }) => hypervisor.isOn(id)));
  const clients = await startClients({
    ...LAB_CLIENTS,
    ...options.load,
    ...(options.backsOff && { backsOff: true }),
    onCalls: options.onCalls,
    seed: options.seed,
  });
  return {
    hypervisor,
    region,
    balancer,
    faults: createFaults(network, hypervisor),
    clients,
    truth,
    routing,
    deploy: async (build) => await deploy(region, build, options.logs),
    close: async () => {
      routing.stop();
      await Promise.all([truth.stop(), clients.stop()]);
      await region.stop();
      await balancer.stop();
    },
  };
};

/** What osls writes; the resources are read where they are deployed. */
const generated = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({ Resources: v.record(v.string(), v.unknown()) }),
);

/** By the ends of their names: whoever invokes them, they run the same loop. */
const WATCHERS = ['schedule', 'alarm', 'command'];

const deploy = async (region: Region, build: string, logs: string): Promise<readonly string[]> => {
  const file = join(build, TEMPLATE);
  const template = v.parse(generated, await readFile(file, 'utf8'));
  const { functions } = await region.deployTemplate(template, { codeDirectory: build });
  const watchers = functions.filter((name) => WATCHERS.some((end) => name.endsWith(end)));
  if (watchers.length === 0) throw new Error(`nobody watches among ${functions.join(', ')}`);
  return watchers.map((name) => join(logs, `${name}.log`));
};

/** Waits until `size` members agree on each other and all of them are healthy targets. */
export const untilFormed = async (stage: Stage, size: number): Promise<void> => {
  const deadlineMs = Date.now() + CLUSTER_DEADLINE_MS;
  while (!isWhole(stage, size)) {
    if (Date.now() > deadlineMs) throw new Error(`the cluster of ${size} did not form in time`);
    await sleep(100);
  }
};

/** A fault strikes instances that started long ago: whatever grace the group gives to newcomers is over for them. */
export const letGracePass = ({ region }: Pick<Stage, 'region'>): void => {
  for (const { members, gracePeriodS } of region.scaling.groups.values()) {
    for (const member of members.values()) {
      if (member.inServiceAtMs !== null) member.inServiceAtMs -= gracePeriodS * 1_000;
    }
  }
};

/** Where users go, the desired number of nodes works together, is in service and is a healthy target. */
export const isWhole = (
  { truth, balancer, routing, region }: Pick<Stage, 'truth' | 'balancer' | 'routing' | 'region'>,
  size: number,
): boolean => {
  const arns = region.usersGo();
  const healthy = balancer
    .health()
    .filter(({ state, targetGroupArn }) => state === 'healthy' && arns.includes(targetGroupArn));
  return truth.cluster(routing.now()).length === size && healthy.length === size;
};
