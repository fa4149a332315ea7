/**
 * The names inside an alarm: dimensions of its metrics, of the metrics of its expression, of its contributor; and the
 * alarms that a composite one is made of. The forms differ with the way an alarm comes, so they are looked for.
 */
import * as v from 'valibot';
import type { InstanceId } from '../core/observation.ts';
import { parseJson } from '../parse-json.ts';

export interface Dimensions {
  readonly fleets: readonly string[];
  readonly groups: readonly string[];
  readonly instanceIds: readonly InstanceId[];
}

/** An alarm has ten metrics at most, each with 30 dimensions, four levels down; more is somebody's joke. */
const DEPTH_MAX = 8;
const NAMES_MAX = 500;

/** `{ Fleet: 'api' }` in an alarm's own words, `{ name: 'Fleet', value: 'api' }` in those of SNS. */
export const dimensionsIn = (parts: readonly unknown[]): Dimensions => {
  const found = parts.flatMap((part) => pairsIn(part, DEPTH_MAX)).slice(0, NAMES_MAX);
  const valuesOf = (wanted: string): readonly string[] => [
    ...new Set(found.filter(([name]) => name === wanted).map(([, value]) => value)),
  ];
  return {
    fleets: valuesOf('Fleet'),
    groups: valuesOf('AutoScalingGroupName'),
    instanceIds: valuesOf('InstanceId'),
  };
};

type Pair = readonly [name: string, value: string];

const Fields = v.record(v.string(), v.unknown());

const pairsIn = (part: unknown, depth: number): readonly Pair[] => {
  if (depth === 0) return [];
  if (Array.isArray(part)) return part.flatMap((item) => pairsIn(item, depth - 1));
  const fields = v.safeParse(Fields, part);
  if (!fields.success) return [];
  const { name, value } = fields.output;
  const named: readonly Pair[] =
    typeof name === 'string' && typeof value === 'string' ? [[name, value]] : [];
  const own = Object.entries(fields.output).flatMap(([key, field]): readonly Pair[] =>
    typeof field === 'string' ? [[key, field]] : pairsIn(field, depth - 1),
  );
  return [...named, ...own];
};

/**
 * Children of a composite alarm: those that made it go off if it says so, else all of its rule.
 *
 * @param triggers JSON text with `triggeringAlarms`, or SNS's list of children
 */
export const alarmsIn = (configuration: unknown, triggers: unknown): readonly string[] => {
  const parsed = typeof triggers === 'string' ? parseJson(triggers) : triggers;
  const guilty = pairsIn(parsed, DEPTH_MAX)
    .filter(([name]) => name.toLowerCase() === 'arn')
    .map(([, arn]) => nameOf(arn));
  return guilty.length > 0 ? guilty : rulesIn(configuration).flatMap(alarmsOfRule);
};

const rulesIn = (configuration: unknown): readonly string[] =>
  pairsIn(configuration, DEPTH_MAX)
    .filter(([name]) => name.toLowerCase() === 'alarmrule')
    .map(([, rule]) => rule);

/** `ALARM("one") OR ALARM(arn:aws:cloudwatch:...:alarm:two)`. */
const alarmsOfRule = (rule: string): readonly string[] =>
  [...rule.matchAll(/\b(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:"([^"]*)"|([^")]*?))\s*\)/g)]
    .map(([, quoted, bare]) => nameOf(quoted ?? bare ?? ''))
    .slice(0, NAMES_MAX);

const nameOf = (nameOrArn: string): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn.split(':').slice(6).join(':') : nameOrArn;
