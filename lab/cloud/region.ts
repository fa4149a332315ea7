/** The lab's AWS region: moto, the gateway in front of it, and everything that moves by itself. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Balancer, type Hypervisor, PLAN, type RuleSpec } from '../parts.ts';
import type { Activities } from './activities.ts';
import type { Alarms } from './alarms.ts';
import type { AutoScaling } from './auto-scaling.ts';
import type { Capacity } from './capacity.ts';
import type { Clients } from './clients.ts';
import type { Ec2Status, Patience } from './ec2-status.ts';
import type { Faults } from './faults.ts';
import { type Gateway, type Listen, startGateway } from './gateway.ts';
import type { Rights } from './iam/rights.ts';
import type { Instances } from './instances.ts';
import type { Template } from './intrinsics.ts';
import type { Journal } from './journal.ts';
import type { Lambda } from './lambda.ts';
import { startMoto } from './moto.ts';
import { startPrivateGateway } from './private-gateway.ts';
import type { Schedules } from './schedule.ts';
import { createServices } from './services.ts';
import type { Ssm } from './ssm.ts';
import type { Agent } from './ssm-document.ts';
import type { Targets } from './targets.ts';
import type { Deployment, DeployOptions } from './template.ts';
import type { Posted } from './webhooks.ts';

export interface RegionOptions {
  readonly hypervisor: Hypervisor;
  readonly balancer: Balancer;
  /** A Python with moto installed. */
  readonly python: string;
  /** Journal, moto's log and a log per function go there. */
  readonly logFolder: string;
  /** Default: the address plan's endpoint. */
  readonly listen?: Listen;
  /** How long an instance stays `pending`. */
  readonly pendingMs?: number;
  /** How often the Auto Scaling loop looks. */
  readonly scalingEveryMs?: number;
  readonly ssmDelayMs?: { readonly dispatch: number; readonly report: number };
  /** How long a new command's invocation does not exist for readers yet. */
  readonly ssmUnknownMs?: number;
  /** The first tick of every schedule; `null` leaves it to the schedule. */
  readonly firstTickInMs?: number | null;
  readonly scheduleJitterMs?: number;
  /** How soon EC2 and Auto Scaling notice that an instance is sick. */
  readonly patience?: Partial<Patience>;
  /** Of the schedules' seconds and of faults with a probability; default `Math.random`. */
  readonly random?: () => number;
}

export interface Region {
  readonly endpoint: string;
  /** The lab's own clients: no faults, `lab` in the journal. */
  readonly clients: Clients;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly instances: Instances;
  /** What EC2 has against instances. */
  readonly ec2Status: Ec2Status;
  /** Room for launches. */
  readonly capacity: Capacity;
  readonly targets: Targets;
  /** Of the listener, as the balancer has them. */
  rules: () => readonly RuleSpec[];
  /** ARNs of the target groups that users are sent to, those that only a header leads to left out. */
  usersGo: () => readonly string[];
  readonly scaling: AutoScaling;
  readonly activities: Activities;
  readonly ssm: Ssm;
  readonly lambda: Lambda;
  readonly schedules: Schedules;
  readonly alarms: Alarms;
  /** What the template's roles allow, and what of it was made use of. */
  readonly rights: Pick<Rights, 'granted' | 'used'>;
  /** What EventBridge would post to the web, oldest first; nothing leaves the lab. */
  readonly posted: readonly Posted[];
  setAgent: (agent: Agent) => void;
  deployTemplate: (template: Template, options: DeployOptions) => Promise<Deployment>;
  stop: () => Promise<void>;
}

/** How often the Auto Scaling loop looks; AWS does not publish its own pace. */
const SCALING_EVERY_MS = 500;

/** @throws when moto does not start or the address cannot be bound; nothing is left running then. */
export const startRegion = async (options: RegionOptions): Promise<Region> => {
  mkdirSync(options.logFolder, { recursive: true });
  const moto = await startMoto(options.python, join(options.logFolder, 'moto.log'));
  const endpoints = { all: '', dynamodb: '', s3: '' };
  const services = createServices(options, moto.send, () => endpoints);
  const listen = options.listen ?? { host: PLAN.endpoint, port: PLAN.endpointPort };
  const at = (port: number) => ({ host: listen.host, port: listen.port === 0 ? 0 : port });
  const gateways: Gateway[] = [];
  try {
    gateways.push(await startGateway(listen, services.dispatch));
    gateways.push(await startPrivateGateway(at(PLAN.dynamodbPort), 'dynamodb', services.dispatch));
    gateways.push(await startPrivateGateway(at(PLAN.s3Port), 's3', services.dispatch));
  } catch (error) {
    services.stop();
    await Promise.all(gateways.map(async (each) => await each.stop()));
    await moto.stop();
    throw error;
  }
  endpoints.all = gateways[0]?.endpoint ?? '';
  endpoints.dynamodb = gateways[1]?.endpoint ?? '';
  endpoints.s3 = gateways[2]?.endpoint ?? '';
  const timer = setInterval(services.tick, options.scalingEveryMs ?? SCALING_EVERY_MS);
  return {
    ...services,
    endpoint: endpoints.all,
    stop: async () => {
      clearInterval(timer);
      services.stop();
      await services.lambda.stop();
      await Promise.all(gateways.map(async (each) => await each.stop()));
      await moto.stop();
    },
  };
};
