/** What of a packaged template costs money: memory of functions, alarms, dashboards. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { fileInvalid } from '../errors.ts';

export interface Deployed {
  readonly scheduleMb: number;
  /** One number for each prober. */
  readonly probersMb: readonly number[];
  /** Alarms by the name of their fleet. */
  readonly alarms: Readonly<Record<string, number>>;
  /** Alarms of the deployment as a whole. */
  readonly sharedAlarms: number;
  readonly dashboards: number;
}

const Template = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    Resources: v.record(
      v.string(),
      v.looseObject({
        Type: v.string(),
        Properties: v.optional(v.record(v.string(), v.unknown()), {}),
      }),
    ),
  }),
);

const LambdaFunction = v.looseObject({
  FunctionName: v.string(),
  MemorySize: v.number(),
});

const Alarm = v.looseObject({
  Dimensions: v.array(v.looseObject({ Name: v.string(), Value: v.unknown() })),
});

/** @param file as `npm run package` leaves it. @throws ConfigInvalid */
export const readDeployed = (file: string): Deployed => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw fileInvalid(
      file,
      'cannot be read; run npm run package first, or name a packaged template with --template',
    );
  }
  const parsed = v.safeParse(Template, text);
  if (!parsed.success) throw fileInvalid(file, 'is not a packaged template');
  const resources = Object.values(parsed.output.Resources);
  const ofType = (type: string): readonly unknown[] =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const functions = ofType('AWS::Lambda::Function').map((each) => v.parse(LambdaFunction, each));
  const schedule = functions.find(({ FunctionName }) => FunctionName.endsWith('-schedule'));
  if (schedule === undefined) throw fileInvalid(file, 'has no schedule function');
  const fleets = ofType('AWS::CloudWatch::Alarm').map((each) => fleetOf(v.parse(Alarm, each)));
  return {
    scheduleMb: schedule.MemorySize,
    probersMb: functions
      // A courier is in the VPC too, and costs nothing but while a fleet moves.
      .filter(({ FunctionName }) => FunctionName.includes('-probe-'))
      .map(({ MemorySize }) => MemorySize),
    alarms: countsOf(fleets.filter((fleet) => fleet !== null)),
    sharedAlarms: fleets.filter((fleet) => fleet === null).length,
    dashboards: ofType('AWS::CloudWatch::Dashboard').length,
  };
};

const fleetOf = ({ Dimensions }: v.InferOutput<typeof Alarm>): string | null => {
  const fleet = Dimensions.find(({ Name }) => Name === 'Fleet')?.Value;
  return typeof fleet === 'string' ? fleet : null;
};

const countsOf = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};
