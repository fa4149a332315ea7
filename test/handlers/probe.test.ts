/** The prober as it is deployed: bundled with its fleets, imported, asked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildResult, build, type Plugin } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lambdaObserver } from '../../src/adapters/aws/lambda-observer.ts';
import { readReply } from '../../src/observation-wire.ts';
import { lambdaEndpoint } from '../adapters/lambda-endpoint.ts';
import { fleetAt, floods, healthy, type Node, Nodes } from '../adapters/nodes.ts';
import { NO_QUESTIONS } from '../questions.ts';

type Handler = (event: unknown) => Promise<unknown>;

const nodes = new Nodes();
const perTest = new Nodes();
let folder = '';
let node: Node;
let handler: Handler;
let built: BuildResult<{ metafile: true }>;

/** What packaging does with the fleets file. */
const packagedFleets: Plugin = {
  name: 'packaged-fleets',
  setup: (bundler) => {
    bundler.onLoad({ filter: /bundled-fleets\.ts$/ }, () => ({
      contents: `export const bundledFleets = ${JSON.stringify([fleetAt(node.port)])}; export const fleetsSource = 'test.yml';`,
    }));
  },
};

beforeAll(async () => {
  node = await nodes.start(healthy);
  folder = await mkdtemp(join(tmpdir(), 'quorate-prober-'));
  const outfile = join(folder, 'index.mjs');
  built = await build({
    entryPoints: [fileURLToPath(new URL('../../handlers/probe.ts', import.meta.url))],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    metafile: true,
    outfile,
    plugins: [packagedFleets],
  });
  ({ handler } = (await import(pathToFileURL(outfile).href)) as { handler: Handler });
});
afterEach(async () => {
  await perTest.stop();
});
afterAll(async () => {
  await nodes.stop();
  await rm(folder, { recursive: true, force: true });
});

const request = (more: object = {}) => ({
  fleet: 'shop',
  side: 'blue' as const,
  nodes: [{ instanceId: 'i-1', address: '127.0.0.1' }],
  balancerAddresses: [],
  probeDeadlineMs: 5_000,
  questions: NO_QUESTIONS,
  ...more,
});

describe('the deployed prober', () => {
  it('answers with what it saw, in a form that the controller accepts', async () => {
    const reply = JSON.parse(JSON.stringify(await handler(request()))) as unknown;
    expect(reply).toMatchObject({
      sighted: true,
      sights: { 'i-1': { health: { answer: 'ok' }, view: { answer: 'ok' } } },
      refused: [],
    });
    expect(readReply(reply)).toEqual({ ok: true, value: reply });
  });

  it('carries no AWS client: it has no rights to use one with', () => {
    const inputs = Object.keys(built.metafile.inputs);
    expect(inputs).toContain('src/adapters/hazelcast/sight.ts');
    expect(inputs.filter((input) => /@aws-sdk|@smithy|adapters\/aws/.test(input))).toEqual([]);
  });

  it('refuses what is not its closed question', async () => {
    const reply = await handler(request({ port: 22 }));
    expect(reply).toEqual({ failed: expect.stringMatching(/^it refused the request: /) });
    expect(await handler(null)).toEqual({ failed: expect.stringMatching(/refused/) });
  });

  it('knows the fleets that it was packaged with and no other', async () => {
    expect(await handler(request({ fleet: 'other' }))).toEqual({
      failed: 'its fleets (test.yml) have no other: deploy it again',
    });
  });

  it('is heard by the controller through Lambda, a hostile node included', async () => {
    const hostile = await perTest.start(floods('', '\x1b[2J\xff'.repeat(1_000)), {
      address: '127.0.0.2',
      port: node.port,
    });
    const lambda = await lambdaEndpoint(async ({ request: event, returns }) =>
      returns(await handler(event)),
    );
    const round = await lambdaObserver('probe-a', lambda.client).look(
      {
        ...request(),
        nodes: [
          { instanceId: 'i-1', address: node.address },
          { instanceId: 'i-2', address: hostile.address },
        ],
      },
      new AbortController().signal,
    );
    await lambda.stop();
    expect(round).toMatchObject({
      observer: 'probe-a',
      sighted: true,
      sights: {
        'i-1': { health: { answer: 'ok' } },
        'i-2': { tcp: { answer: 'ok' }, health: { answer: 'wrong', cause: 'garbage' } },
      },
    });
  });
});
