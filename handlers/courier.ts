/**
 * Carries sessions to the other side, and to the vault and back: inside the VPC, with the right to its own items of the state
 * table, to its fleets' part of the vault where there is one, and no other.
 */
import type { Context } from 'aws-lambda';
import { systemClock } from '../src/adapters/system/clock.ts';
import { createLog } from '../src/adapters/system/log.ts';
import { composeCourier, type Worked } from '../src/compose-courier.ts';
import { sliceUntilMs } from '../src/courier/slice.ts';

const work = composeCourier();
const log = createLog();

export const handler = async (event: unknown, context: Context): Promise<Worked> => {
  const holder = context.awsRequestId;
  const untilMs = sliceUntilMs(systemClock.nowMs(), context.getRemainingTimeInMillis());
  const carried = await work(event, { holder, untilMs });
  log.info('a courier is done', { holder, ...carried });
  return carried;
};
