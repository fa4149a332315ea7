/** The package in the lab's region, as it would be deployed: asked by name over the wire, and by people at a terminal. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Template } from '../../lab/cloud/intrinsics.ts';
import { asRecord } from '../../lab/cloud/parameters.ts';
import type { RegionOptions } from '../../lab/cloud/region.ts';
import { createWorld, type World, type WorldOptions } from '../../lab/cloud/world.ts';
import { packageInto } from '../package/template.ts';
import { type Bench, clientsOf, startBench, until } from './cloud-bench.ts';

export interface Packaged {
  /** Of a hypervisor that was given, nothing is known here. */
  readonly bench: Omit<Bench, 'hypervisor'>;
  readonly aws: ReturnType<typeof clientsOf>;
  readonly world: World;
  /** @param name without what the deployment's names begin with. @throws AwsError, or what the function threw. */
  readonly invoke: (name: string, event: unknown) => Promise<unknown>;
  /** A question about the fleet, asked again while AWS is too slow for the query, as it may be on a busy machine. */
  readonly ask: (question: object) => Promise<unknown>;
  /** A person's terminal. */
  readonly quorate: (...args: readonly string[]) => Promise<Said>;
  readonly stop: () => Promise<void>;
}

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

export interface PackagedOptions {
  /** The fleets file, with one fleet named `api`. */
  readonly fleets: string;
  readonly world?: WorldOptions;
  readonly region?: Partial<RegionOptions>;
  /** What is different here than on AWS. */
  readonly adapt?: (template: Template) => Template;
}

const STAGE = 'test';
/** What the deployment's names begin with. */
export const PREFIX = `quorate-${STAGE}`;

export const startPackaged = async (options: PackagedOptions): Promise<Packaged> => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-packaged-'));
  const out = join(folder, 'out');
  const template = packaged(folder, out, options.fleets);
  const bench = await startBench({
    firstTickInMs: 10,
    scheduleJitterMs: 0,
    ...options.region,
  });
  // A connection that was kept may have been closed just now; whoever is asked here can be asked again.
  const aws = clientsOf(bench, 'tester', 3);
  const world = await createWorld(bench.clients, options.world);
  await bench.deployTemplate(options.adapt?.(template) ?? template, {
    codeDirectory: out,
    usesNamespaces: false,
  });
  const invoke = async (name: string, event: unknown): Promise<unknown> => {
    const FunctionName = `${PREFIX}-${name}`;
    const Payload = JSON.stringify(event);
    const answer = await aws.lambda.send(new InvokeCommand({ FunctionName, Payload }));
    const said = answer.Payload?.transformToString() ?? '';
    if (answer.FunctionError !== undefined) throw new Error(`${FunctionName}: ${said}`);
    return JSON.parse(said) as unknown;
  };
  return {
    bench,
    aws,
    world,
    invoke,
    ask: async (question) =>
      await until(async () => {
        const reply = await invoke('query', { ...question, fleet: 'api' });
        return asRecord(reply)['why'] !== 'unknown' && asRecord(reply);
      }),
    quorate: async (...args) => await runQuorate(bench.endpoint, args),
    stop: async () => {
      await bench.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

const packaged = (folder: string, out: string, fleets: string): Template => {
  const file = join(folder, 'fleets.yml');
  writeFileSync(file, fleets);
  const { exit, output } = packageInto(out, file, '--stage', STAGE);
  if (exit !== 0) throw new Error(`packaging failed:\n${output}`);
  const generated = join(out, 'cloudformation-template-update-stack.json');
  return JSON.parse(readFileSync(generated, 'utf8')) as Template;
};

const runQuorate = async (endpoint: string, args: readonly string[]): Promise<Said> => {
  const all = ['src/cli/main.ts', '--stage', STAGE, '--fleet', 'api', ...args];
  const env = {
    PATH: process.env['PATH'],
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'person',
    AWS_SECRET_ACCESS_KEY: 'x',
  };
  const child = execFile(process.execPath, all, { env });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, status };
};
