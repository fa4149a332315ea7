/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import { findScenario, SCENARIOS } from '../../lab/scenarios/all.ts';
import { SECTIONS, type Section } from './plan.ts';

export interface Options {
  readonly json: string | undefined;
  /** Earlier reports, the newest last. */
  readonly from: readonly string[];
  readonly runs: number;
  readonly only: readonly string[];
  readonly sections: readonly Section[];
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
  const { section, json, ...others } = values;
  return { ...others, json, runs, sections: section.map(sectionOf) };
};

const sectionOf = (name: string): Section => {
  const section = SECTIONS.find((each) => each === name);
  if (section === undefined) throw new Error(`--section ${name}: there are ${SECTIONS.join(', ')}`);
  return section;
};

/** For whoever wants to do it again; where the files lie is nobody's business. */
export const commandOf = ({ runs, only, sections }: Options): string =>
  [
    `npm run bench -- --runs ${runs}`,
    ...sections.map((name) => `--section ${name}`),
    ...only.map((name) => `--only ${name}`),
  ].join(' ');
