/** What several runs came to, a line each: for whoever has not read their stories. Pure. */
import type { ScenarioResult } from './measure/result.ts';
import { seconds } from './story/text.ts';

export interface Ending {
  readonly scenario: string;
  /** `null`: the run came to none. */
  readonly result: ScenarioResult | null;
  /** In words; empty when all is well. */
  readonly problems: readonly string[];
}

export const tallyOf = (endings: readonly Ending[]): readonly string[] => {
  const width = Math.max(...endings.map(({ scenario }) => scenario.length));
  const failed = endings.filter(({ problems }) => problems.length > 0).length;
  return [
    ...endings.map(({ scenario, result, problems }) => {
      const mark = problems.length === 0 ? 'ok    ' : 'FAILED';
      const figures = result === null ? 'no result' : figuresOf(result);
      return [`${mark}  ${scenario.padEnd(width)}  ${figures}`, ...problems].join('\n          ');
    }),
    `${endings.length - failed} of ${endings.length} went as they should`,
  ];
};

const figuresOf = ({ faultAtMs, mitigatedAtMs, calls, sessions }: ScenarioResult): string => {
  const after =
    faultAtMs === null || mitigatedAtMs === null
      ? 'never'
      : seconds(Math.max(0, mitigatedAtMs - faultAtMs));
  return `mitigated ${after.padStart(7)}, ${calls.failed} failed calls, ${sessions.lost} sessions lost`;
};
