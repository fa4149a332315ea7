/**
 * Everything that the lab must download or build, done before it enters its namespaces: inside there is
 * no network. Each part carries a stamp of what it was made from, and is made again only when that changed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from './command.ts';
import { LINES, type Line, NEWEST } from './lines.ts';
import { PATHS } from './paths.ts';
import { findJdk, findPython } from './tools.ts';

const DOWNLOAD_DEADLINE_MS = 600_000;
const MEMBER_SOURCE = join(PATHS.lab, 'member');
const REQUIREMENTS = join(PATHS.lab, 'requirements.txt');

/** Told one line of progress. */
export type Say = (line: string) => void;

interface Part {
  readonly folder: string;
  readonly sources: readonly string[];
  readonly announcement: string;
  readonly make: (signal: AbortSignal) => Promise<void>;
}

/**
 * Makes the members and the Python environment if needed. Safe to run twice at a time.
 * @param lines of which members are needed: another one than the newest only for a scenario that plays on it.
 * @throws Error with the failing tool's own words; the next run starts that part again.
 */
export const prepare = async (
  lines: readonly Line[] = [NEWEST],
  say: Say = console.log,
): Promise<void> => {
  await mkdir(PATHS.work, { recursive: true });
  const unlock = await lock(join(PATHS.work, 'prepare.lock'));
  try {
    for (const line of lines) await makeIfChanged(await memberOf(line), say);
    await makeIfChanged(ENVIRONMENT, say);
  } finally {
    unlock();
  }
};

const memberOf = async (line: Line): Promise<Part> => ({
  folder: PATHS.member(line),
  sources: [
    join(MEMBER_SOURCE, 'pom.xml'),
    ...(await filesBelow(join(MEMBER_SOURCE, 'src/main'))),
    ...(await filesBelow(join(MEMBER_SOURCE, `src/line-${line}`))),
  ],
  announcement: `building the API server with Hazelcast ${LINES[line].version} (Maven)`,
  make: async (signal) => await makeMember(line, signal),
});

const filesBelow = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => join(file.parentPath, file.name)).sort();
};

const makeIfChanged = async (part: Part, say: Say): Promise<void> => {
  const stampFile = join(part.folder, 'made-from.sha256');
  const stamp = await stampOf(part.sources);
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;
  say(`first time only: ${part.announcement} ...`);
  const startedAtMs = Date.now();
  await rm(part.folder, { recursive: true, force: true });
  await mkdir(part.folder, { recursive: true });
  await part.make(AbortSignal.timeout(DOWNLOAD_DEADLINE_MS));
  // Last: a part that was interrupted has no stamp.
  await writeFile(stampFile, stamp);
  say(`first time only: done in ${Math.round((Date.now() - startedAtMs) / 1000)} s`);
};

const stampOf = async (files: readonly string[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest('hex');
};

const makeMember = async (line: Line, signal: AbortSignal): Promise<void> => {
  const jdk = findJdk();
  const environment = { ...ownEnvironment(), ...(jdk && { JAVA_HOME: jdk.home }) };
  const options = { cwd: MEMBER_SOURCE, environment, signal };
  const goals = [
    '-B',
    '-q',
    '-ntp',
    'package',
    `-Dlab.output=${PATHS.member(line)}`,
    `-Dlab.line=${line}`,
    `-Dhazelcast.version=${LINES[line].version}`,
  ];
  // What an earlier build downloaded is enough for a change of the sources.
  const offline = await run('mvn', ['-o', ...goals], options);
  if (offline.exitCode !== 0) await mustRun('mvn', goals, options);
};

const makeVenv = async (signal: AbortSignal): Promise<void> => {
  const python = findPython();
  if (python === null) throw new Error('no suitable Python: see the missing tools');
  await mustRun(python, ['-m', 'venv', PATHS.venv], { signal });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await mustRun(join(PATHS.venv, 'bin/python'), [...pip, '-r', REQUIREMENTS], { signal });
};

const ENVIRONMENT: Part = {
  folder: PATHS.venv,
  sources: [REQUIREMENTS],
  announcement: 'installing moto (pip)',
  make: makeVenv,
};

const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

/**
 * One holder at a time, over processes. `flock` holds it as long as its own standard input is open, so
 * the lock goes with this process, however it ends.
 * @returns a function that gives it back.
 */
const lock = async (file: string): Promise<() => void> => {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const signal = AbortSignal.timeout(DOWNLOAD_DEADLINE_MS);
  const ended = once(holder, 'exit', { signal }).then(() => 'ended');
  const locked = once(holder.stdout, 'data', { signal }).then(() => 'locked');
  // The loser of the race may still reject, at the latest when the time is up.
  locked.catch(() => {});
  ended.catch(() => {});
  if ((await Promise.race([locked, ended])) === 'ended') throw new Error(`cannot lock ${file}`);
  return () => holder.stdin.end();
};
