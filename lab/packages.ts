/** What is deployed for a run: Quorate's own package, or the function of a baseline. Made outside of the lab, once each. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { parseDocument } from 'yaml';
import { STANDBY } from './cloud/world.ts';
import { run } from './command.ts';
import type { Controller } from './controllers.ts';
import { LINES, type Line } from './lines.ts';
import type { ScenarioResult } from './measure/result.ts';
import { PLAN } from './parts.ts';
import { PATHS, TEMPLATE } from './paths.ts';
import { prepare } from './prepare.ts';

const BUILD_DEADLINE_MS = 180_000;

export interface Wanted {
  readonly controller: Controller;
  readonly profile: ScenarioResult['profile'];
  readonly line: Line;
  /** Whether the fleet may move to a second group. */
  readonly hasStandby: boolean;
  /** What the fleets file says counts for more; absent: nothing, so that users get the default. */
  readonly prefer?: 'data';
  /** Whether its sessions are kept outside of the cluster, too. */
  readonly hasVault?: boolean;
}

export interface Packages {
  /** Downloads and builds what a run needs. @returns the folder to deploy; `null`: nothing is deployed */
  for(wanted: Wanted): Promise<string | null>;
}

export const createPackages = (): Packages => {
  const made = new Map<string, Promise<string | null>>();
  return {
    for: async (wanted) => {
      await prepare([wanted.line]);
      const { controller } = wanted;
      const key = controller === 'on' ? nameOf(wanted) : controller;
      const folder = made.get(key) ?? make(wanted);
      made.set(key, folder);
      return await folder;
    },
  };
};

const make = async (wanted: Wanted): Promise<string | null> => {
  if (wanted.controller === 'on') return await packageQuorate(wanted);
  return wanted.controller === 'detach' ? await bundleDetach() : null;
};

const nameOf = (wanted: Omit<Wanted, 'controller'>): string => {
  const { profile, line, hasStandby, hasVault = false, prefer } = wanted;
  const moved = `${hasStandby ? '-standby' : ''}${hasVault ? '-vault' : ''}`;
  return `${profile}-${line}${moved}${prefer === undefined ? '' : `-${prefer}`}`;
};

/** @returns the folder with the package of Quorate as it is now. @throws Error with what packaging said. */
export const packageQuorate = async (wanted: Omit<Wanted, 'controller'>): Promise<string> => {
  const { profile, line } = wanted;
  console.log(`packaging Quorate (${profile} profile, Hazelcast ${line}) ...`);
  const out = join(PATHS.work, `package-${nameOf(wanted)}`);
  const fleets = `${out}.yml`;
  await writeFile(fleets, await fleetsFor(wanted));
  const script = join(PATHS.lab, '../tools/package.ts');
  const signal = AbortSignal.timeout(BUILD_DEADLINE_MS);
  const { exitCode, stdout, stderr } = await run(
    process.execPath,
    [script, '--fleets', fleets, '--out', out],
    { signal },
  );
  if (exitCode !== 0) throw new Error(`packaging failed:\n${stdout}${stderr}`);
  return out;
};

/** The lab's fleets file for a profile, told which line of Hazelcast its members are, and where it may move to. */
export const fleetsFor = async ({
  profile,
  line,
  hasStandby,
  prefer,
  hasVault = false,
}: Omit<Wanted, 'controller'>): Promise<string> => {
  const file = join(PATHS.lab, `fleets.${profile}.yml`);
  const document = parseDocument(await readFile(file, 'utf8'));
  document.setIn(['fleets', 'api', 'member', 'version'], LINES[line].inFleets);
  document.setIn(['fleets', 'api', 'failover'], 'act');
  if (prefer !== undefined) document.setIn(['fleets', 'api', 'prefer'], prefer);
  for (const [name, value] of hasStandby ? Object.entries(MOVING) : []) {
    document.setIn(['fleets', 'api', name], document.createNode(value));
  }
  if (hasVault) {
    document.setIn(['fleets', 'api', 'sessions', 'vault'], document.createNode(PLAN.vault));
  }
  return document.toString();
};

/** The map is that of lab/member. */
const MOVING = {
  standby: { group: STANDBY, cluster: STANDBY },
  routing: { listener: PLAN.listener },
  sessions: { maps: ['sessions'] },
};

/** @returns the folder with the function and its template */
export const bundleDetach = async (): Promise<string> => {
  const source = join(PATHS.lab, 'baselines/detach');
  const out = join(PATHS.work, 'package-detach');
  await mkdir(out, { recursive: true });
  await build({
    entryPoints: [join(source, 'index.ts')],
    outfile: join(out, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // A CommonJS dependency calls `require`, which a module does not have.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  await copyFile(join(source, 'template.json'), join(out, TEMPLATE));
  return out;
};
