/** A region for tests: real moto and gateway, with a hypervisor and a balancer that hold still and do as they are told. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type Region, type RegionOptions, startRegion } from '../../lab/cloud/region.ts';
import type {
  Balancer,
  BalancerSpec,
  HostSpec,
  Hypervisor,
  TargetHealth,
} from '../../lab/parts.ts';

/** Made by the lab's preparation; `LAB_PYTHON` names another one. */
export const python = process.env['LAB_PYTHON'] ?? '.lab/venv/bin/python';
const isMissing = !existsSync(python);
if (isMissing && process.env['CI'] === 'true') throw new Error(`${python} is missing`);
/** Tests that need moto are skipped without it. */
export const skipWithoutMoto = isMissing;

export interface FakeHypervisor extends Hypervisor {
  readonly on: Map<string, HostSpec>;
  readonly powerOffs: { instanceId: string; how: 'graceful' | 'cut' }[];
  readonly withoutAgent: Set<string>;
  /** How many of the next hosts do not come up. */
  failingBoots: number;
  /** How long a graceful shutdown takes; a cut takes none. */
  shutdownMs: number;
}

/** Runs scripts with the local bash, in a folder of its own for each host. */
export const createFakeHypervisor = (): FakeHypervisor => {
  const on = new Map<string, HostSpec>();
  const powerOffs: FakeHypervisor['powerOffs'] = [];
  const withoutAgent = new Set<string>();
  const folders = new Map<string, string>();
  const cuts = new Map<string, AbortController>();
  const fake: FakeHypervisor = {
    on,
    powerOffs,
    withoutAgent,
    shutdownMs: 0,
    failingBoots: 0,
    powerOn: async (spec) => {
      if (fake.failingBoots > 0) {
        fake.failingBoots -= 1;
        throw new Error('no such luck');
      }
      on.set(spec.instanceId, spec);
      cuts.set(spec.instanceId, new AbortController());
      folders.set(spec.instanceId, mkdtempSync(join(tmpdir(), 'host-')));
    },
    powerOff: async (instanceId, how) => {
      powerOffs.push({ instanceId, how });
      const cut = cuts.get(instanceId);
      if (how === 'cut') cut?.abort();
      else await sleep(fake.shutdownMs, undefined, { signal: cut?.signal }).catch(() => {});
      on.delete(instanceId);
    },
    isOn: (instanceId) => on.has(instanceId),
    hasAgent: (instanceId) => !withoutAgent.has(instanceId),
    run: async (instanceId, script, environment, signal) =>
      await new Promise((resolve, reject) => {
        const cwd = folders.get(instanceId);
        const env = { PATH: process.env['PATH'], ...environment };
        execFile(
          'bash',
          ['--norc', '-c', script],
          { cwd, env, signal },
          (error, stdout, stderr) => {
            if (error && typeof error.code !== 'number') reject(error);
            else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
          },
        );
      }),
  };
  return fake;
};

export interface FakeBalancer extends Balancer {
  spec: BalancerSpec;
  /** Overrides of `healthy`, by instance. */
  readonly states: Map<string, Pick<TargetHealth, 'state' | 'reason'>>;
}

/** Calls every registered target healthy unless told otherwise. */
export const createFakeBalancer = (): FakeBalancer => {
  const states: FakeBalancer['states'] = new Map();
  const fake: FakeBalancer = {
    spec: { targetGroups: [], rules: [] },
    states,
    configure: (spec) => {
      fake.spec = spec;
    },
    health: () =>
      fake.spec.targetGroups.flatMap((group) =>
        group.targets.map(({ instanceId }) => ({
          targetGroupArn: group.arn,
          instanceId,
          ...(states.get(instanceId) ?? { state: 'healthy' as const, reason: null }),
        })),
      ),
    stop: async () => {},
  };
  return fake;
};

export interface Bench extends Region {
  readonly hypervisor: FakeHypervisor;
  readonly balancer: FakeBalancer;
  readonly logFolder: string;
}

export const startBench = async (options: Partial<RegionOptions> = {}): Promise<Bench> => {
  const hypervisor = createFakeHypervisor();
  const balancer = createFakeBalancer();
  const logFolder = mkdtempSync(join(tmpdir(), 'region-'));
  const region = await startRegion({
    hypervisor,
    balancer,
    python,
    logFolder,
    listen: { host: '127.0.0.1', port: 0 },
    pendingMs: 50,
    scalingEveryMs: 25,
    ssmDelayMs: { dispatch: 50, report: 50 },
    ssmUnknownMs: 20,
    ...options,
  });
  return { ...region, hypervisor, balancer, logFolder };
};

/** Ordinary SDK clients over the wire; by default of a caller that is no function, and with one attempt. */
export const clientsOf = (
  bench: Pick<Bench, 'endpoint'>,
  accessKeyId = 'tester',
  maxAttempts = 1,
) => {
  const credentials = { accessKeyId, secretAccessKey: 'x' };
  const endpoint = { region: 'eu-central-1', endpoint: bench.endpoint };
  const options = { ...endpoint, credentials, maxAttempts };
  return {
    autoScaling: new AutoScalingClient(options),
    cloudWatch: new CloudWatchClient(options),
    dynamodb: new DynamoDBClient(options),
    ec2: new EC2Client(options),
    elb: new ElasticLoadBalancingV2Client(options),
    events: new EventBridgeClient(options),
    lambda: new LambdaClient(options),
    ssm: new SSMClient(options),
  };
};

/** Looks until `look` gives something. */
export const until = async <T>(look: () => Promise<T | null | undefined | false>): Promise<T> => {
  for (const startedMs = Date.now(); Date.now() - startedMs < 60_000; ) {
    const seen = await look();
    if (seen) return seen;
    await sleep(25);
  }
  throw new Error('it never happened');
};
