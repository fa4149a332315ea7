import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createFileStore } from '../../src/adapters/system/file-store.ts';
import { run } from '../../src/cli/program.ts';
import type { State } from '../../src/core/model.ts';
import { INITIAL_STATE } from '../../src/core/step.ts';

export const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0);

const folder = mkdtempSync(join(inject('scratch'), 'cli-'));
let files = 0;

export const newFile = (text?: string): string => {
  files += 1;
  const path = join(folder, `${files}`);
  if (text !== undefined) writeFileSync(path, text);
  return path;
};

export const FLEETS = newFile(`
fleets:
  api: { group: api, networks: [10.77.0.0/16], member: { service: api.service } }
`);
export const TWO_FLEETS = newFile(`
fleets:
  api: { group: api, networks: [10.77.0.0/16], member: { service: api.service } }
  web: { group: web, networks: [10.77.0.0/16], member: { service: web.service } }
`);

/** A store in which fleet `api` has been watched, as `changes` say. */
export const watched = async (changes: Partial<State> = {}): Promise<string> => {
  const path = newFile();
  const store = createFileStore(path);
  const healthy = (address: string): State['nodes'][string] => ({
    address,
    firstSeenMs: NOW_MS - 7_200_000,
    hasWorked: true,
    worksSinceMs: NOW_MS - 7_200_000,
    failingSinceMs: null,
    owed: {},
    streaks: {},
    listedSinceMs: NOW_MS - 7_200_000,
    lastView: null,
    view: null,
    uuid: '',
    uuidSinceMs: 0,
    coreUuid: null,
    strayingSinceMs: null,
    canaryPartition: null,
    tagged: true,
    condition: 'Healthy',
    conditionSinceMs: NOW_MS - 7_200_000,
    missingSinceMs: null,
  });
  const state: State = {
    ...INITIAL_STATE,
    lastTickMs: NOW_MS - 2_000,
    cluster: 'Quorate',
    clusterSinceMs: NOW_MS - 7_200_000,
    nodes: {
      'i-0a1b2c3d4e5f60001': healthy('10.77.1.4'),
      'i-0a1b2c3d4e5f60002': healthy('10.77.2.4'),
    },
    seats: [
      { seat: 0, instanceId: 'i-0a1b2c3d4e5f60001' },
      { seat: 1, instanceId: 'i-0a1b2c3d4e5f60002' },
    ],
    ...changes,
  };
  await store.save('api', {
    expectedVersion: 0,
    state,
    lease: { holder: 'invocation-1', untilMs: NOW_MS + 9_000 },
  });
  store.close();
  return `file:${path}`;
};

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a command in this process; `--fleets` is a file with the one fleet `api` unless given. */
export const quorate = async (...args: readonly string[]): Promise<Ran> =>
  await quorateAsked(null, ...args);

/** The same with a person at the terminal, who types `answer`. */
export const quorateAsked = async (
  answer: string | null,
  ...args: readonly string[]
): Promise<Ran> => {
  const out: string[] = [];
  const error: string[] = [];
  const terminal = {
    out: (line: string) => void out.push(line),
    error: (line: string) => void error.push(line),
    colours: false,
    nowMs: () => NOW_MS,
    ask: answer === null ? null : async () => await Promise.resolve(answer),
  };
  const given = args.includes('--fleets') ? args : [...args, '--fleets', FLEETS];
  const exit = await run(given, terminal, new AbortController().signal);
  return { exit, out: out.join('\n'), error: error.join('\n') };
};
