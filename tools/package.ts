/**
 * Builds and packages for deployment, offline and without credentials: `npm run package -- [--fleets FILE] [--out DIR] [--stage NAME] [--param KEY=VALUE]...`.
 *
 * Without DIR: bundles in dist, zips and template in .serverless, ready for `npx serverless deploy`.
 * With DIR: a service folder of its own, so that two of them never meet: DIR/dist, DIR/cloudformation-template-update-stack.json, zips.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigInvalid } from '../src/errors.ts';
import { buildAll, chooseFleets } from './build.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');
const BIN = join(CHECKOUT, 'node_modules/.bin');
const PACKAGE_TIMEOUT_MS = 120_000;

const packageAll = async (
  fleets: string | undefined,
  out: string | undefined,
  options: readonly string[],
): Promise<void> => {
  const service = out === undefined ? CHECKOUT : resolve(out);
  if (service !== CHECKOUT) await copyService(service);
  await buildAll(chooseFleets(fleets), join(service, 'dist'));
  const { status, error } = spawnSync('serverless', ['package', ...options], {
    cwd: service,
    stdio: 'inherit',
    timeout: PACKAGE_TIMEOUT_MS,
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH']}` },
  });
  if (status !== 0)
    throw new Error(`serverless package failed: ${error?.message ?? `exit ${status}`}`);
  if (service !== CHECKOUT) await lift(join(service, '.serverless'), service);
};

const copyService = async (service: string): Promise<void> => {
  await mkdir(service, { recursive: true });
  for (const part of ['serverless.yml', 'infra']) {
    await cp(join(CHECKOUT, part), join(service, part), { recursive: true });
  }
};

const lift = async (from: string, to: string): Promise<void> => {
  for (const name of await readdir(from)) await rename(join(from, name), join(to, name));
  await rm(from, { recursive: true });
};

const { values } = parseArgs({
  options: {
    fleets: { type: 'string' },
    out: { type: 'string' },
    stage: { type: 'string' },
    /** `subnetA=subnet-1`: see params in serverless.yml. */
    param: { type: 'string', multiple: true, default: [] },
  },
});
const options = [
  ...(values.stage === undefined ? [] : ['--stage', values.stage]),
  ...values.param.map((pair) => `--param=${pair}`),
];
try {
  await packageAll(values.fleets, values.out, options);
} catch (error) {
  console.error(error instanceof ConfigInvalid ? error.message : error);
  process.exitCode = 1;
}
