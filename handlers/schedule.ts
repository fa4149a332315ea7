/** The minute's invocation: watches one fleet until the next one takes over. Outside the VPC, with the right to act. */
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { composeFleets } from '../src/compose.ts';
import { fleetsSource } from '../src/config/bundled-fleets.ts';
import { fileInvalid } from '../src/errors.ts';
import { watchUntilMs } from '../src/invocation.ts';
import { type Watched, watch } from '../src/watch.ts';

/** A tick that was queued longer than this is not worth starting: the next one is already there. */
const STALE_MS = 60_000;

const Event = v.object({ fleet: v.string(), scheduledAt: v.pipe(v.string(), v.isoTimestamp()) });

const fleets = new Map(composeFleets().map((fleet) => [fleet.name, fleet]));

export const handler = async (event: unknown, context: Context): Promise<Watched | 'stale'> => {
  const { fleet: name, scheduledAt } = v.parse(Event, event);
  const fleet = fleets.get(name);
  if (fleet === undefined) throw fileInvalid(fleetsSource, `has no fleet ${name}`);
  const { deps, policy } = fleet;
  const nowMs = deps.clock.nowMs();
  if (nowMs - Date.parse(scheduledAt) > STALE_MS) return 'stale';
  const untilMs = watchUntilMs(nowMs, context.getRemainingTimeInMillis());
  return await watch(deps, { fleet: name, policy, id: context.awsRequestId, untilMs });
};
