/** An alarm's invocation: looks at once, and watches if nobody does. Outside the VPC, with the right to act. */
import type { Context } from 'aws-lambda';
import { systemClock } from '../src/adapters/system/clock.ts';
import { createLog } from '../src/adapters/system/log.ts';
import { composeFleets } from '../src/compose.ts';
import { placeOf, watchUntilMs } from '../src/invocation.ts';
import { type Woken, wake } from '../src/wake/wake.ts';

const fleets = composeFleets();
const log = createLog();

export const handler = async (event: unknown, context: Context): Promise<Woken> => {
  const woken = await wake(event, {
    fleets,
    clock: systemClock,
    ...placeOf(context.invokedFunctionArn),
    id: context.awsRequestId,
    untilMs: watchUntilMs(systemClock.nowMs(), context.getRemainingTimeInMillis()),
    tell: (sentence) => log.info(sentence, {}),
  });
  log.info('the alarm is dealt with', { ...woken });
  return woken;
};
