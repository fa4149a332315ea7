/** Which function did what, by the journal, and how it answered whoever invoked it. */
import type { Journal } from '../cloud/journal.ts';
import type { LabFunction } from '../cloud/lambda.ts';
import { functionOf } from './evidence.ts';

type Doer = Pick<LabFunction, 'busy'> & {
  readonly invocations: readonly Pick<LabFunction['invocations'][number], 'payload'>[];
};

/** The part of a run that tells. */
export interface Doers {
  readonly stage: {
    readonly region: {
      readonly journal: Pick<Journal, 'find'>;
      readonly lambda: { readonly functions: ReadonlyMap<string, Doer> };
    };
  };
}

/** @param end of the function's name. @returns its answers, in JSON, in the order in which they were given */
export const answersOf = ({ stage }: Doers, end: string): readonly string[] =>
  stage.region.lambda.functions
    .get(functionOf(stage, end))
    ?.invocations.map(({ payload }) => payload) ?? [];

/** Each of these was called once, by this function, and by nobody else. */
export const takenBy = (
  { stage }: Doers,
  end: string,
  actions: readonly string[],
): readonly string[] =>
  actions.flatMap((action) => {
    const callers = stage.region.journal
      .find({ action })
      .map(({ who }) => who)
      .filter((who) => who !== 'lab');
    return callers.join() === functionOf(stage, end)
      ? []
      : [`${action} was called by ${callers.join(', ') || 'nobody'}, not once by ${end}`];
  });

/** This many of its invocations watched, or still do; the others found somebody watching. */
export const watches = ({ stage }: Doers, end: string, times: number): readonly string[] => {
  const busy = stage.region.lambda.functions.get(functionOf(stage, end))?.busy() ?? 0;
  const over = answersOf({ stage }, end).filter((answer) => /"ticks":[1-9]/.test(answer)).length;
  return busy + over === times ? [] : [`${end} watched ${busy + over} times, not ${times}`];
};

/** The first answers of the function that takes orders, one after the other. */
export const answered = (doers: Doers, wanted: readonly RegExp[]): readonly string[] => {
  const answers = answersOf(doers, 'command');
  return wanted.flatMap((words, place) => {
    const answer = answers[place] ?? 'nothing';
    return words.test(answer)
      ? []
      : [`answer ${place + 1} to an order was ${answer}, not ${words.source}`];
  });
};
