/**
 * Builds every handler: `npm run build -- [--fleets FILE] [--out DIR]`.
 *
 * Leaves `DIR/FUNCTION/index.js` (and its threads) for each handler and `DIR/fleets.json`, which says what they were built for.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readFleetsFile } from '../src/config/read-fleets.ts';
import { ConfigInvalid } from '../src/errors.ts';
import { type Bundle, bundle, type Fleets } from './bundle.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');
const EXAMPLE = 'fleets.example.yml';

/** A bundle is read and compiled at each cold start, before the first probe. */
const BUDGET_BYTES = 500 * 1024;
/** With the clients of Hazelcast and S3; it works for minutes, and starts once or twice in a move. */
const COURIER_BYTES = 1_100 * 1024;

/** The client of Route 53 on top, where a fleet's users are led by its records. */
const RECORDS_BYTES = 45 * 1024;

const budgetOf = (name: string, { fleets }: Fleets): number =>
  (name === 'courier' ? COURIER_BYTES : BUDGET_BYTES) +
  (fleets.some(({ routing }) => routing?.kind === 'record') ? RECORDS_BYTES : 0);

/**
 * The fleets to build for: the named file, else fleets.yml, else the example.
 * @throws ConfigInvalid
 */
export const chooseFleets = (file?: string): Fleets => {
  const source = file ?? (existsSync(join(CHECKOUT, 'fleets.yml')) ? 'fleets.yml' : EXAMPLE);
  const path = file === undefined ? join(CHECKOUT, source) : source;
  if (file === undefined && source === EXAMPLE) {
    console.warn(`warning: there is no fleets.yml: ${EXAMPLE} is used, and deploying will refuse`);
  }
  const fleets = readFleetsFile(path);
  return { source, fleets, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
};

/** @throws when a bundle is over its budget. */
export const buildAll = async (fleets: Fleets, dir: string): Promise<readonly Bundle[]> => {
  const names = readdirSync(join(CHECKOUT, 'handlers'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
  await mkdir(dir, { recursive: true });
  const bundles = await bundle(names, dir, fleets);
  await writeFile(join(dir, 'fleets.json'), `${JSON.stringify(fleets, null, 2)}\n`);
  console.log(tableOf(bundles));
  const over = bundles.filter(({ name, bytes }) => bytes > budgetOf(name, fleets));
  if (over.length > 0) {
    const list = over.map(
      ({ name, inputs }) => `${name}, ${kib(budgetOf(name, fleets))} KiB:
${largestOf(inputs)}`,
    );
    throw new Error(`over the budget of ${list.join('\n')}`);
  }
  return bundles;
};

const kib = (bytes: number): string => (bytes / 1024).toFixed(1);

const tableOf = (bundles: readonly Bundle[]): string =>
  [
    ['function', 'KiB', 'gzip', 'later'] as const,
    ...bundles.map(
      ({ name, bytes, gzipBytes, laterBytes }) =>
        [name, kib(bytes), kib(gzipBytes), kib(laterBytes)] as const,
    ),
  ]
    .map(([name, ...sizes]) => name.padEnd(12) + sizes.map((size) => size.padStart(8)).join(''))
    .join('\n');

/** The ten packages that weigh most, for whoever has to make room. */
const largestOf = (inputs: Bundle['inputs']): string => {
  const sizes = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const owner =
      /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(file)?.[1] ?? 'quorate';
    sizes.set(owner, (sizes.get(owner) ?? 0) + bytesInOutput);
  }
  return [...sizes]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, 10)
    .map(([owner, bytes]) => `${kib(bytes).padStart(8)} KiB ${owner}`)
    .join('\n');
};

if (import.meta.main) {
  const { values } = parseArgs({
    options: { fleets: { type: 'string' }, out: { type: 'string', default: 'dist' } },
  });
  try {
    await buildAll(chooseFleets(values.fleets), resolve(values.out));
  } catch (error) {
    console.error(error instanceof ConfigInvalid ? error.message : error);
    process.exitCode = 1;
  }
}
