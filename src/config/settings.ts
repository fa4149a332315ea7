/** The only reader of the environment. */
import * as v from 'valibot';
import { ConfigInvalid, type ConfigProblem } from '../errors.ts';
import type { Settings } from './fleet.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Each needs one word without spaces: names of AWS resources. */
const name = (what: string) =>
  v.pipe(
    v.string(`is not set; it needs ${what}`),
    v.regex(/^[\w.:/-]+$/, (issue) => `is "${issue.input}"; it needs ${what}`),
  );

const schema = v.object({
  TABLE: name('the name of the DynamoDB table'),
  EVENT_BUS: name('the name of the event bus'),
  DOCUMENTS: name('what the names of the SSM documents begin with'),
  COURIER: v.optional(v.pipe(v.string(), v.regex(/^[\w.:/-]*$/)), ''),
  PROBERS: v.pipe(
    v.string('is not set; it needs the names of the prober functions, with commas between them'),
    v.transform((list) => list.split(',').map((prober) => prober.trim())),
    v.array(name('names of Lambda functions, with commas between them')),
  ),
});

/** @throws ConfigInvalid naming every variable that is missing or wrong. */
export const readSettings = (environment: Environment = process.env): Settings => {
  const parsed = v.safeParse(schema, environment);
  if (!parsed.success) {
    throw new ConfigInvalid(
      parsed.issues.map(({ path, message }) => problemOf(String(path?.[0].key), message)),
    );
  }
  const { TABLE, EVENT_BUS, DOCUMENTS, PROBERS, COURIER } = parsed.output;
  return {
    table: TABLE,
    eventBus: EVENT_BUS,
    documents: DOCUMENTS,
    probers: PROBERS,
    courier: COURIER,
  };
};

/** All that a courier needs to be told. @throws ConfigInvalid */
export const readTable = (environment: Environment = process.env): string => {
  const parsed = v.safeParse(v.pick(schema, ['TABLE']), environment);
  if (parsed.success) return parsed.output.TABLE;
  throw new ConfigInvalid([problemOf('TABLE', parsed.issues[0].message)]);
};

const problemOf = (variable: string, message: string): ConfigProblem => ({
  file: 'environment',
  line: null,
  path: variable,
  message,
});
