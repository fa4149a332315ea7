/** How heavy the controller is for Lambda to load: read and compiled at each cold start, before the first probe. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mustRun } from '../../lab/command.ts';
import { median } from '../../lab/measure/measure.ts';
import type { Startup } from './report.ts';

/** Odd, so that one of them is the median. */
const IMPORTS = 15;

/** What the deployed function gets: names alone, nothing is called. */
export const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TABLE: 'table',
  EVENT_BUS: 'bus',
  DOCUMENTS: 'quorate',
  PROBERS: 'probe-a,probe-b',
};

const PROGRAM = `
  const startedMs = performance.now();
  const { handler } = await import(process.argv[1]);
  const tookMs = performance.now() - startedMs;
  if (typeof handler !== 'function') throw new Error('the bundle exports no handler');
  console.log(tookMs);
  process.exit();
`;

/** @param build folder with a package. @throws Error when the bundle cannot be imported. */
export const measureStartup = async (build: string): Promise<Startup> => {
  const folder = join(build, 'dist/schedule');
  const url = pathToFileURL(join(folder, 'index.js')).href;
  const importMs: number[] = [];
  for (let each = 0; each < IMPORTS; each += 1) {
    const args = ['--input-type=module', '-e', PROGRAM, url];
    importMs.push(Number(await mustRun(process.execPath, args, { environment: ENVIRONMENT })));
  }
  return {
    bundleBytes: await scriptBytes(folder),
    importMs,
    medianImportMs: median(importMs) ?? Number.NaN,
  };
};

const scriptBytes = async (folder: string): Promise<number> => {
  const scripts = (await readdir(folder)).filter((name) => name.endsWith('.js'));
  const sizes = await Promise.all(scripts.map((name) => stat(join(folder, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
};
