/** Before and around a run: what it needs is checked, downloaded and built outside; the run itself happens inside. */
import { mkdir, mkdtemp, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enter } from './enter.ts';
import { type ScenarioResult, validate } from './measure/result.ts';
import { PATHS } from './paths.ts';
import type { PlayOptions } from './run.ts';
import { missingTools } from './tools.ts';

/** More than all deadlines of a run together, but for how long it is watched: one that hangs in spite of them. */
const RUN_DEADLINE_MS = 480_000;

/** What `inside.ts` is sent to do. */
export interface Errand {
  readonly scenario: string;
  readonly play: PlayOptions;
  /** File for the result. */
  readonly result: string;
}

export type RunOptions = Omit<PlayOptions, 'logs'>;

/** Names what is missing on standard error. @returns whether the lab can run here */
export const canRehearse = (): boolean => {
  const missing = missingTools();
  for (const { tool, why, get } of missing) console.error(`missing: ${tool} (${why})\n  ${get}`);
  return missing.length === 0;
};

/**
 * Plays a scenario inside.
 * @param told where its story goes: `file` is story.txt among the logs of the run.
 * @throws Error when the run came to no result; it names the folder with its logs.
 */
export const rehearse = async (
  scenario: string,
  options: RunOptions,
  told: 'terminal' | 'file' = 'terminal',
): Promise<ScenarioResult> => {
  await mkdir(PATHS.logs, { recursive: true });
  const logs = await mkdtemp(join(PATHS.logs, `${scenario}-${options.controller}-`));
  const result = join(logs, 'result.json');
  const errand: Errand = { scenario, play: { ...options, logs }, result };
  const story = told === 'file' ? await open(join(logs, 'story.txt'), 'w') : null;
  try {
    const code = await enter(join(PATHS.lab, 'inside.ts'), [JSON.stringify(errand)], {
      stdio: story === null ? 'inherit' : ['ignore', story.fd, story.fd],
      signal: AbortSignal.timeout(RUN_DEADLINE_MS + options.offCapMs),
    });
    if (code !== 0) throw new Error(`it ended with code ${code}`);
    return validate(JSON.parse(await readFile(result, 'utf8')));
  } catch (error) {
    throw new Error(`the run came to no result; its logs are in ${logs}`, { cause: error });
  } finally {
    await story?.close();
  }
};
