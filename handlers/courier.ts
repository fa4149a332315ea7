/** Carries sessions to the other side: inside the VPC, with the right to its own items of the state table and no other. */
import type { Context } from 'aws-lambda';
import { systemClock } from '../src/adapters/system/clock.ts';
import { createLog } from '../src/adapters/system/log.ts';
import { composeCourier } from '../src/compose-courier.ts';
import type { Carried } from '../src/courier/courier.ts';
import { sliceUntilMs } from '../src/courier/slice.ts';

const work = composeCourier();
const log = createLog();

export const handler = async (event: unknown, context: Context): Promise<Carried> => {
  const holder = context.awsRequestId;
  const untilMs = sliceUntilMs(systemClock.nowMs(), context.getRemainingTimeInMillis());
  const carried = await work(event, { holder, untilMs });
  log.info('a courier is done', { holder, ...carried });
  return carried;
};
