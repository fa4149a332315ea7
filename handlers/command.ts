/** Orders of people: checked, handed to the loop, and answered when it has decided. Outside the VPC, with the right to act. */
import type { Context } from 'aws-lambda';
import { systemClock } from '../src/adapters/system/clock.ts';
import { createLog } from '../src/adapters/system/log.ts';
import { composeFleets } from '../src/compose.ts';
import { printable } from '../src/printable.ts';
import { carryOut } from '../src/requests/command.ts';
import type { CommandReply } from '../src/requests/reply.ts';

/** Who asks waits for the answer: ten ticks of the loop, then it is better to be asked again. */
const DECIDE_MS = 25_000;

const fleets = composeFleets();
const log = createLog();

export const handler = async (event: unknown, { awsRequestId }: Context): Promise<CommandReply> => {
  const untilMs = systemClock.nowMs() + DECIDE_MS;
  const reply = await carryOut(event, fleets, { id: awsRequestId, untilMs });
  log.info('a command is answered', { event: printable(JSON.stringify(event)), reply });
  return reply;
};
