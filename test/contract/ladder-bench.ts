/** The whole way of an eviction without JVMs: the real loop and SDK, the lab's region, member processes, our document run by bash. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { JournalEntry } from '../../lab/cloud/journal.ts';
import type { Invocation } from '../../lab/cloud/ssm.ts';
import { parseDocument } from '../../lab/cloud/ssm-document.ts';
import { createWorld, GROUP } from '../../lab/cloud/world.ts';
import { FLEET } from '../../lab/cloud/world-balancing.ts';
import type { Fleet, Settings } from '../../src/config/fleet.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { readDocument } from '../adapters/documents.ts';
import { type Bench, clientsOf, startBench, until } from './cloud-bench.ts';
import { createHosts, type Hosts } from './ladder-hosts.ts';

export interface Ladder extends Omit<Bench, 'hypervisor'> {
  readonly hosts: Hosts;
  /** Resolves when three members are in service and list each other. */
  readonly whole: () => Promise<void>;
  /** A table of its own, and a controller that has seen a quorate cluster. */
  readonly watch: (fleet?: Partial<Fleet>) => Promise<Watch>;
  readonly close: () => Promise<void>;
}

export interface Watch {
  /** What all controllers have said so far. */
  readonly sentences: readonly string[];
  /** Controllers' calls since this watch began, oldest first. */
  readonly calls: (action: string) => readonly JournalEntry[];
  /** Commands that SSM took since this watch began. */
  readonly commands: () => readonly Invocation[];
  /** Instances launched since this watch began. */
  readonly newcomers: () => number;
  /** One more controller beside the others. */
  readonly start: () => ChildProcess;
  readonly controllers: readonly ChildProcess[];
  readonly untilSaid: (words: RegExp) => Promise<string>;
  /** What a process of the controller's is told. */
  readonly argument: ControllerArgument;
  readonly environment: NodeJS.ProcessEnv;
  readonly end: () => Promise<void>;
}

export interface ControllerArgument {
  readonly fleet: Fleet;
  readonly settings: Settings;
}

/** The shape of the balanced profile in a tenth of its time; dead and slow parts are given what they really take. */
export const POLICY: Fleet['policy'] = {
  ...DEFAULT_POLICY,
  mode: 'act',
  tickEveryMs: 300,
  suspectTickEveryMs: 150,
  probeDeadlineMs: 250,
  lastLookDeadlineMs: 200,
  silenceToleranceMs: 1_200,
  faultToleranceMs: 600,
  stableAfterMs: 500,
  killDeadlineMs: 2_000,
  captureMs: 0,
  replaceUnprovenDeadlineMs: 3_000,
  cooldownMs: 0,
};

const DOCUMENTS = 'quorate';
const DOCUMENT = `${DOCUMENTS}-kill-member`;
const CONTROLLER = fileURLToPath(new URL('./ladder-controller.ts', import.meta.url));

export const startLadder = async (): Promise<Ladder> => {
  const hosts = await createHosts();
  const bench = await startBench({ hypervisor: hosts });
  bench.ssm.documents.set(DOCUMENT, parseDocument(DOCUMENT, readDocument('kill-member')));
  await createWorld(bench.clients, { deregistrationDelayS: 1 });
  const whole = async (): Promise<void> => {
    await until(async () => {
      const running = bench.instances.all().filter(({ state }) => state === 'running');
      const inService = bench.balancer.health().filter(({ state }) => state === 'healthy');
      return [running, inService, hosts.members()].every(({ length }) => length === 3);
    });
  };
  let watches = 0;
  return {
    ...bench,
    hosts,
    whole,
    watch: async (change = {}) => {
      watches += 1;
      const table = `state-${watches}`;
      await createTable(bench, table);
      await whole();
      return startWatch(bench, { ...fleetAt(hosts.port), ...change }, { ...SETTINGS, table });
    },
    close: async () => {
      await bench.stop();
      await hosts.stop();
    },
  };
};

const fleetAt = (port: number): Fleet => ({
  name: FLEET,
  kind: 'hazelcast',
  group: GROUP,
  member: { port, service: 'member.service', version: '5.x', cluster: 'dev', canary: null },
  application: { port, path: '/check' },
  memory: null,
  standby: null,
  routing: null,
  sessions: null,
  announce: null,
  networks: ['127.0.0.0/8'],
  policy: POLICY,
});

const SETTINGS: Omit<Settings, 'table'> = {
  eventBus: 'default',
  probers: [],
  courier: '',
  documents: DOCUMENTS,
};

const createTable = async (bench: Bench, TableName: string): Promise<void> => {
  await clientsOf(bench).dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
};

const startWatch = (bench: Bench, fleet: Fleet, settings: Settings): Watch => {
  const callsBefore = bench.journal.find({ who: CALLER }).length;
  const commandsBefore = bench.ssm.all().length;
  const instancesBefore = bench.instances.all().length;
  const sentences: string[] = [];
  const controllers: ChildProcess[] = [];
  const argument = { fleet, settings };
  const environment = environmentOf(bench);
  const start = (): ChildProcess => {
    const child = startController(environment, argument, (said) => sentences.push(said));
    controllers.push(child);
    return child;
  };
  start();
  return {
    sentences,
    controllers,
    argument,
    environment,
    start,
    calls: (action) =>
      bench.journal
        .find({ who: CALLER })
        .slice(callsBefore)
        .filter((call) => call.action === action),
    commands: () => bench.ssm.all().slice(commandsBefore),
    newcomers: () => bench.instances.all().length - instancesBefore,
    untilSaid: async (words) =>
      await until(async () => sentences.find((sentence) => words.test(sentence))),
    end: async () => {
      bench.faults.clear();
      await Promise.all(controllers.map(endOf));
    },
  };
};

/** Tells the controllers' calls from those of tests. */
const CALLER = 'controller';

const environmentOf = ({ endpoint }: Bench): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: CALLER,
  AWS_SECRET_ACCESS_KEY: 'x',
});

const startController = (
  env: NodeJS.ProcessEnv,
  argument: ControllerArgument,
  onSentence: (sentence: string) => void,
): ChildProcess => {
  const child = spawn(process.execPath, [CONTROLLER, JSON.stringify(argument)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { message, cluster } = JSON.parse(line) as { message: string; cluster?: string };
      // A tick, not a warning.
      if (cluster !== undefined) onSentence(message);
    }
  });
  return child;
};

export const endOf = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};
