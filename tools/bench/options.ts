/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import { CONTROLLERS, type Controller } from '../../lab/controllers.ts';
import { findScenario, SCENARIOS } from '../../lab/scenarios/all.ts';
import { SECTIONS, type Section } from './plan.ts';

export interface Options {
  readonly json: string | undefined;
  /** Earlier reports, the newest last. */
  readonly from: readonly string[];
  readonly runs: number;
  readonly only: readonly string[];
  readonly sections: readonly Section[];
  readonly controllers: readonly Controller[];
  readonly start: boolean;
  readonly test: boolean;
  /** Play only what none of the earlier reports has a result of. */
  readonly missing: boolean;
  /** Only say what would be played. */
  readonly plan: boolean;
}

/** @throws Error that says what is wrong, and what is allowed. */
export const readOptions = (argv: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'string' },
      from: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true, default: [] },
      section: { type: 'string', multiple: true, default: [] },
      controller: { type: 'string', multiple: true, default: [] },
      missing: { type: 'boolean', default: false },
      start: { type: 'boolean', default: false },
      test: { type: 'boolean', default: false },
      plan: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: 1 or more`);
  const unknown = values.only.find((name) => findScenario(name) === undefined);
  if (unknown !== undefined) {
    const names = SCENARIOS.map(({ name }) => name).join(', ');
    throw new Error(`--only ${unknown}: there are ${names}`);
  }
  const { section, controller, json, ...others } = values;
  return {
    ...others,
    json,
    runs,
    sections: section.map((name) => oneOf(SECTIONS, name, '--section')),
    controllers: controller.map((name) => oneOf(CONTROLLERS, name, '--controller')),
  };
};

const oneOf = <Name extends string>(
  names: readonly Name[],
  asked: string,
  option: string,
): Name => {
  const name = names.find((each) => each === asked);
  if (name === undefined) throw new Error(`${option} ${asked}: there are ${names.join(', ')}`);
  return name;
};

/** For whoever wants to do it again; where the files lie is nobody's business. */
export const commandOf = ({ runs, only, sections, controllers }: Options): string =>
  [
    `npm run bench -- --runs ${runs}`,
    ...sections.map((name) => `--section ${name}`),
    ...only.map((name) => `--only ${name}`),
    ...controllers.map((name) => `--controller ${name}`),
  ].join(' ');
