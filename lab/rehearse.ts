/** Before and around a run: what it needs is checked, downloaded and built outside; the run itself happens inside. */
import { mkdir, mkdtemp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { enter } from './enter.ts';
import { type ScenarioResult, validate } from './measure/result.ts';
import { PATHS } from './paths.ts';
import { prepare } from './prepare.ts';
import type { PlayOptions } from './run.ts';
import { missingTools } from './tools.ts';

const BUILD_DEADLINE_MS = 180_000;
/** More than all deadlines of a run together: one that hangs in spite of them. */
const RUN_DEADLINE_MS = 480_000;

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

/**
 * Plays a scenario inside.
 * @param told where its story goes: `file` is story.txt among the logs of the run.
 * @throws Error when the run came to no result; it names the folder with its logs.
 */
export const rehearse = async (
  scenario: string,
  options: RunOptions,
  build: string,
  told: 'terminal' | 'file' = 'terminal',
): Promise<ScenarioResult> => {
  await mkdir(PATHS.logs, { recursive: true });
  const logs = await mkdtemp(join(PATHS.logs, `${scenario}-${options.controller}-`));
  const result = join(logs, 'result.json');
  const errand: Errand = { scenario, play: { ...options, logs, build }, result };
  const story = told === 'file' ? await open(join(logs, 'story.txt'), 'w') : null;
  try {
    const code = await enter(join(PATHS.lab, 'inside.ts'), [JSON.stringify(errand)], {
      stdio: story === null ? 'inherit' : ['ignore', story.fd, story.fd],
      signal: AbortSignal.timeout(RUN_DEADLINE_MS),
    });
    if (code !== 0) throw new Error(`it ended with code ${code}`);
    return validate(JSON.parse(await readFile(result, 'utf8')));
  } catch (error) {
    throw new Error(`the run came to no result; its logs are in ${logs}`, { cause: error });
  } finally {
    await story?.close();
  }
};
