/** The minute's invocation: watches one fleet until the next one takes over. Outside the VPC, with the right to act. */
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { createClients } from '../src/adapters/aws/clients.ts';
import { composeDeps } from '../src/compose.ts';
import { bundledFleets, fleetsSource } from '../src/config/bundled-fleets.ts';
import { readSettings } from '../src/config/settings.ts';
import { ConfigInvalid } from '../src/errors.ts';
import { type Watched, watch } from '../src/watch.ts';

/** Two minutes: the next invocation takes over after one, a lost one is bridged (design 2). */
const WATCH_MS = 120_000;
/** Left for the last tick, which may be acting, before Lambda ends the process. */
const LAST_TICK_MS = 20_000;
/** A tick that was queued longer than this is not worth starting: the next one is already there. */
const STALE_MS = 60_000;

const Event = v.object({ fleet: v.string(), scheduledAt: v.pipe(v.string(), v.isoTimestamp()) });

const clients = createClients();
const settings = readSettings();
const depsOf = new Map(
  bundledFleets.map((fleet) => [
    fleet.name,
    { fleet, deps: composeDeps(fleet, settings, clients) },
  ]),
);

export const handler = async (event: unknown, context: Context): Promise<Watched | 'stale'> => {
  const { fleet: name, scheduledAt } = v.parse(Event, event);
  const known = depsOf.get(name);
  if (known === undefined) throw new ConfigInvalid([`${fleetsSource} has no fleet ${name}`]);
  const { deps, fleet } = known;
  const nowMs = deps.clock.nowMs();
  if (nowMs - Date.parse(scheduledAt) > STALE_MS) return 'stale';
  const untilMs = nowMs + Math.min(WATCH_MS, context.getRemainingTimeInMillis() - LAST_TICK_MS);
  return await watch(deps, {
    fleet: name,
    policy: fleet.policy,
    id: context.awsRequestId,
    untilMs,
  });
};
