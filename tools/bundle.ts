/** Each handler and everything it uses -> one ESM file that Lambda loads without looking any further, and one for each thread that it may start. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import * as v from 'valibot';
import type { Fleet } from '../src/config/fleet.ts';
import { builtins } from './builtins.ts';
import { pureSchemas } from './pure-schemas.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');

export interface Fleets {
  /** Name of the file, for people. */
  readonly source: string;
  /** Of the file: deploying refuses when it changed since. */
  readonly sha256: string;
  readonly fleets: readonly Fleet[];
}

export interface Bundle {
  /** Function name: the handler's file name. */
  readonly name: string;
  /** What a cold start reads and compiles. */
  readonly bytes: number;
  readonly gzipBytes: number;
  /** What is loaded later, by a thread that is first needed then. */
  readonly laterBytes: number;
  /** What the first file was made of. */
  readonly inputs: Metafile['outputs'][string]['inputs'];
}

/** Threads by handler: the name that it starts them by, and their source. */
const THREADS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  probe: { 'client-thread': 'src/adapters/hazelcast/client/thread.ts' },
};

export const LAMBDA_OPTIONS = {
  absWorkingDir: CHECKOUT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // The SDK's CommonJS build is twice as large and twice as slow to load.
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  // A CommonJS dependency calls `require`, which a module does not have.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Writes `DIR/NAME/index.js` for each name, its threads beside it, and a `package.json` that says it is a module (Lambda looks
 * for `.js`). All in one go: what they share, mostly the SDK, is read and parsed once.
 * @throws when esbuild finds an error, or a plugin finds nothing to do.
 */
export const bundle = async (
  names: readonly string[],
  dir: string,
  fleets: Fleets,
): Promise<readonly Bundle[]> => {
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
  const { metafile, outputFiles } = await build({
    ...LAMBDA_OPTIONS,
    entryPoints: Object.fromEntries(names.flatMap(entryPointsOf)),
    outdir: dir,
    metafile: true,
    write: false,
    plugins: [
      builtins,
      pureSchemas,
      environmentCredentials,
      noEventStreams,
      versionsOnly,
      usedRoutings(fleets),
      bundledFleets(fleets),
    ],
  });
  return await Promise.all(
    names.map(async (name) => {
      const files = outputFiles.filter(({ path }) => dirname(path) === resolve(dir, name));
      return await write(name, join(dir, name), files, metafile);
    }),
  );
};

const entryPointsOf = (name: string): readonly (readonly [out: string, source: string])[] => [
  [`${name}/index`, `handlers/${name}.ts`],
  ...Object.entries(THREADS[name] ?? {}).map(
    ([thread, source]) => [`${name}/${thread}`, source] as const,
  ),
];

const write = async (
  name: string,
  folder: string,
  files: readonly OutputFile[],
  metafile: Metafile,
): Promise<Bundle> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const { path, contents } of files) await writeFile(path, contents);
  const index = files.find(({ path }) => basename(path) === 'index.js');
  if (index === undefined) throw new Error(`esbuild wrote no ${name}/index.js`);
  const { length: bytes } = index.contents;
  const all = files.reduce((sum, { contents }) => sum + contents.length, 0);
  const gzipBytes = gzipSync(index.contents, { level: 9 }).length;
  const output = Object.entries(metafile.outputs).find(
    ([path]) => resolve(CHECKOUT, path) === index.path,
  );
  return { name, bytes, gzipBytes, laterBytes: all - bytes, inputs: output?.[1].inputs ?? {} };
};

/** In Lambda credentials come from the environment; the other six ways would be a quarter of the bundle. */
export const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup: (bundler) => {
    const filter =
      /^(@aws-sdk\/credential-provider-(sso|ini|process|web-identity|http|login)|@smithy\/credential-provider-imds)$/;
    bundler.onResolve({ filter }, ({ path }) => ({ path, namespace: 'no-credentials' }));
    bundler.onLoad({ filter: /.*/, namespace: 'no-credentials' }, ({ path }) => ({
      contents: `throw new Error('this bundle takes credentials from the environment only, not from ${path}'); export {};`,
    }));
  },
};

/**
 * None of our calls answers with a stream of events; what the client of Lambda has for those that do weighs 20 KiB. It still
 * asks for two functions when it is made.
 */
const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path }) => ({
      path,
      namespace: 'no-event-streams',
    }));
    bundler.onLoad({ filter: /.*/, namespace: 'no-event-streams' }, () => ({
      contents: `
        const missing = () => { throw new Error('this bundle reads no streams of events'); };
        export const resolveEventStreamSerdeConfig = (config) => config;
        export const eventStreamSerdeProvider = missing;
        export const EventStreamSerde = missing;`,
    }));
  },
};

const Package = v.object({ version: v.string() });

/** Each client reads its package.json for its version, and carries 2 KiB of scripts and dependencies with it. */
export const versionsOnly: Plugin = {
  name: 'versions-only',
  setup: (bundler) => {
    bundler.onLoad({ filter: /[\\/]@aws-sdk[\\/][^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = v.parse(Package, JSON.parse(await readFile(path, 'utf8')));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/** What an adapter for each kind of routing exports, which only fleets of that kind ever call. */
const ROUTINGS: Readonly<Record<string, readonly string[]>> = {
  network: ['readNetworkRouting', 'switchNetwork'],
  classic: ['readClassicRouting', 'switchClassic'],
  record: ['readRecordRouting', 'switchRecords'],
};

/** Leaves out the adapters that no fleet needs, and the client of Route 53 with its own. */
const usedRoutings = ({ fleets }: Fleets): Plugin => ({
  name: 'used-routings',
  setup: (bundler) => {
    const unused = Object.keys(ROUTINGS).filter((kind) =>
      fleets.every(({ routing }) => routing?.kind !== kind),
    );
    if (unused.length === 0) return;
    const filter = new RegExp(`[\\\\/](${unused.join('|')})-routing\\.ts$`);
    bundler.onLoad({ filter }, ({ path }) => {
      const kind = basename(path).replace('-routing.ts', '');
      const missing = `() => { throw new Error('this bundle is of fleets without ${kind} routing'); }`;
      const names = ROUTINGS[kind] ?? [];
      return {
        contents: names.map((name) => `export const ${name} = ${missing};`).join('\n'),
        loader: 'js',
      };
    });
  },
});

/** Replaces the empty list of the source tree by the validated fleets. */
const bundledFleets = ({ source, fleets }: Fleets): Plugin => ({
  name: 'bundled-fleets',
  setup: (bundler) => {
    bundler.onLoad({ filter: /[\\/]src[\\/]config[\\/]bundled-fleets\.ts$/ }, () => ({
      contents: [
        `export const bundledFleets = ${JSON.stringify(fleets)};`,
        `export const fleetsSource = ${JSON.stringify(source)};`,
      ].join('\n'),
      loader: 'js',
    }));
  },
});
