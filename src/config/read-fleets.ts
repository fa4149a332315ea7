/** Fleets file -> fleets. Every problem is found in one run and told with file, line and field; then nothing starts. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { DEFAULT_POLICY, type Policy, PROFILES, policyProblems } from '../core/policy.ts';
import { ConfigInvalid, type ConfigProblem, fileInvalid } from '../errors.ts';
import { formatDuration } from './duration.ts';
import { field } from './field.ts';
import type { Fleet } from './fleet.ts';
import { type FleetEntry, fleetSchema, fleetsSchema } from './fleets-schema.ts';
import { POLICY_FIELDS } from './policy-fields.ts';
import { toRouting, verifiedBy } from './routing.ts';
import { sharedParts } from './shared-parts.ts';
import { sideProblems } from './side-problems.ts';
import { isUnknownField } from './wording.ts';
import { type Problem, readYaml, type YamlSource } from './yaml-source.ts';

/** @throws ConfigInvalid when the file cannot be read or anything in it is wrong. */
export const readFleetsFile = (path: string): readonly Fleet[] => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = String(field(error, 'code'));
    throw fileInvalid(path, UNREADABLE[code] ?? `cannot be read (${code})`);
  }
  return readFleets(text, path);
};

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'no such file; begin with a copy of fleets.example.yml',
  EISDIR: 'is a folder; name the fleets file in it',
  EACCES: 'may not be read by this user',
};

/**
 * @param file name for the messages, each `FILE:LINE: FIELD: what was found; what is allowed`.
 * @throws ConfigInvalid
 */
export const readFleets = (text: string, file: string): readonly Fleet[] => {
  const source = readYaml(text);
  const { fleets, problems } =
    source.problems.length > 0 ? { fleets: [], problems: source.problems } : check(source);
  if (problems.length > 0) {
    const sorted = problems.toSorted((a, b) => a.line - b.line);
    const told = sorted.map((problem) => placedIn(file, problem));
    // A field that is wrong in two ways of being looked at is wrong once.
    throw new ConfigInvalid([
      ...new Map(told.map((each) => [JSON.stringify(each), each])).values(),
    ]);
  }
  return fleets;
};

const placedIn = (file: string, { line, path, message }: Problem): ConfigProblem => ({
  file,
  line,
  path: path.length > 0 ? path.join('.') : null,
  message,
});

const check = (source: YamlSource): { fleets: readonly Fleet[]; problems: readonly Problem[] } => {
  const shape = shapeProblems(source.value);
  const entries: readonly Entry[] = Object.entries(field(source.value, 'fleets') ?? {});
  // What a sound fleet says is checked further even while another one is wrong.
  const sound = entries.flatMap(([name, raw]) => {
    const parsed = v.safeParse(fleetSchema, raw);
    return parsed.success
      ? [{ raw, entry: parsed.output, fleet: toFleet(name, parsed.output) }]
      : [];
  });
  const found = [
    ...shape,
    ...sound.flatMap(({ fleet, raw }) => policyClashes(fleet, raw)),
    ...sound.flatMap(({ fleet, entry }) => sideProblems(fleet.name, entry)),
    ...sharedParts(entries),
  ];
  return {
    fleets: sound.map(({ fleet }) => fleet),
    problems: found.map((problem) => ({ ...problem, line: source.lineOf(problem.path) })),
  };
};

/** One fleet as it stands in the file, checked or not. */
type Entry = readonly [name: string, raw: unknown];
type Unplaced = Omit<Problem, 'line'>;

/**
 * What the schema has to say. The validator names one unknown field per block and run, so each
 * named one is taken out of a copy and the rest is looked at again.
 */
const shapeProblems = (value: unknown): readonly Unplaced[] => {
  const copy = structuredClone(value);
  const unknown: Unplaced[] = [];
  for (;;) {
    const issues = v.safeParse(fleetsSchema, copy).issues ?? [];
    const named = issues.filter(isUnknownField);
    if (named.length === 0) return [...unknown, ...issues.map(placed)];
    for (const issue of named) {
      unknown.push(placed(issue));
      const last = issue.path?.at(-1);
      if (last?.type === 'object') Reflect.deleteProperty(last.input, last.key);
    }
  }
};

const placed = (issue: v.BaseIssue<unknown>): Unplaced => {
  const steps = issue.path ?? [];
  // To the validator a list is a block with the fields 0, 1, 2: said once, at the list.
  const list = steps.findIndex(({ type, input }) => type === 'object' && Array.isArray(input));
  const path = steps.map(({ key }) => (typeof key === 'number' ? key : String(key)));
  return list === -1
    ? { path, message: issue.message }
    : { path: path.slice(0, list), message: 'found a list; allowed: a block of named fields' };
};

const toFleet = (name: string, entry: FleetEntry): Fleet => ({
  name,
  kind: entry.kind,
  group: entry.group,
  member: { ...entry.member, canary: entry.member.canary === 'off' ? null : entry.member.canary },
  application: entry.application ?? null,
  memory: toMemory(entry),
  standby: entry.standby ?? null,
  routing: toRouting(entry.routing),
  sessions: toSessions(entry),
  announce: entry.announce ?? null,
  networks: entry.networks,
  policy: toPolicy(entry),
});

const MEMORY_PATHS = {
  prometheus: '/metrics',
  actuator: '/actuator/metrics',
  jolokia: '/jolokia',
} as const;

const toMemory = ({ memory }: FleetEntry): Fleet['memory'] =>
  memory === undefined ? null : { ...memory, path: memory.path ?? MEMORY_PATHS[memory.format] };

const toSessions = ({ sessions }: FleetEntry): Fleet['sessions'] => {
  if (sessions === undefined) return null;
  const { maps, entriesPerS, leastTtl, vault } = sessions;
  return {
    maps: [...new Set(maps)],
    entriesPerS,
    leastTtlMs: leastTtl,
    vault:
      vault === undefined
        ? null
        : { bucket: vault.bucket, key: vault.key, everyMs: vault.every, maxAgeMs: vault.maxAge },
  };
};

const toPolicy = (entry: FleetEntry): Policy => {
  const { mode, prefer, failover, profile, policy } = entry;
  const vault = toSessions(entry)?.vault ?? null;
  const overrides = POLICY_FIELDS.flatMap(({ key, name }) => {
    const value = policy[name];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    ...DEFAULT_POLICY,
    ...PROFILES[profile],
    ...Object.fromEntries(overrides),
    mode,
    prefer,
    failover,
    standby: entry.standby !== undefined,
    verifyBy: verifiedBy(toRouting(entry.routing)),
    sessions: entry.sessions !== undefined,
    vault: vault === null ? null : { everyMs: vault.everyMs, maxAgeMs: vault.maxAgeMs },
  };
};

/** Settings that cannot work together, in the words of the file, at the first one that the file sets. */
const policyClashes = (fleet: Fleet, raw: unknown): readonly Unplaced[] =>
  policyProblems(fleet.policy).map((sentence) => {
    const named = POLICY_FIELDS.filter(({ key }) => new RegExp(`\\b${key}\\b`).test(sentence));
    const values = named.map(({ key, name, isDuration }) => {
      const value = fleet.policy[key];
      return `${name} is ${isDuration ? formatDuration(value) : value}`;
    });
    const culprit = named.find(({ name }) => field(field(raw, 'policy'), name) !== undefined);
    return {
      path: ['fleets', fleet.name, 'policy', ...(culprit === undefined ? [] : [culprit.name])],
      message: `${sentence.replaceAll(/\b([a-z]\w*)Ms\b/g, '$1')} (${values.join(', ')})`,
    };
  });
