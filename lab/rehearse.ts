/** Before and around a run: what it needs is checked, downloaded and built outside; the run itself happens inside. */
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { enter } from './enter.ts';
import { type ScenarioResult, validate } from './measure/result.ts';
import { PATHS } from './paths.ts';
import { prepare } from './prepare.ts';
import type { PlayOptions } from './run.ts';
import { missingTools } from './tools.ts';

const BUILD_DEADLINE_MS = 180_000;

/** What `inside.ts` is sent to do. */
export interface Errand {
  readonly scenario: string;
  readonly play: PlayOptions;
  /** File for the result. */
  readonly result: string;
}

export type RunOptions = Omit<PlayOptions, 'logs' | 'build'>;

/** Names what is missing on standard error. @returns whether the lab can run here */
export const canRehearse = (): boolean => {
  const missing = missingTools();
  for (const { tool, why, get } of missing) console.error(`missing: ${tool} (${why})\n  ${get}`);
  return missing.length === 0;
};

/** Downloads once, and packages the controller as it is now. @returns the folder with the package */
export const packageForLab = async (profile: PlayOptions['profile']): Promise<string> => {
  await prepare();
  console.log('packaging the controller ...');
  const out = join(PATHS.work, `package-${profile}`);
  const script = join(PATHS.lab, '../tools/package.ts');
  const fleets = join(PATHS.lab, `fleets.${profile}.yml`);
  const signal = AbortSignal.timeout(BUILD_DEADLINE_MS);
  const { exitCode, stdout, stderr } = await run(
    process.execPath,
    [script, '--fleets', fleets, '--out', out],
    { signal },
  );
  if (exitCode !== 0) throw new Error(`packaging failed:\n${stdout}${stderr}`);
  return out;
};

/** Plays a scenario inside. @throws Error when the run came to no result */
export const rehearse = async (
  scenario: string,
  options: RunOptions,
  build: string,
): Promise<ScenarioResult> => {
  await mkdir(PATHS.logs, { recursive: true });
  const logs = await mkdtemp(join(PATHS.logs, `${scenario}-${options.controller}-`));
  const result = join(logs, 'result.json');
  const play: PlayOptions = { ...options, logs, build };
  const errand: Errand = { scenario, play, result };
  const code = await enter(join(PATHS.lab, 'inside.ts'), [JSON.stringify(errand)]);
  if (code !== 0) throw new Error(`the run ended with code ${code}; its logs are in ${logs}`);
  return validate(JSON.parse(await readFile(result, 'utf8')));
};
