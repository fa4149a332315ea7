/**
 * The real loop as a process that can be killed: what handlers/schedule.ts runs, with observers of its own, because the
 * hosts of this bench are addresses of the loopback. Argument: fleet and settings as JSON; AWS from the environment.
 */
import { randomUUID } from 'node:crypto';
import { createClients } from '../../src/adapters/aws/clients.ts';
import type { Fleet, Settings } from '../../src/config/fleet.ts';
import { watch } from '../../src/watch.ts';
import { ladderDeps } from './ladder-deps.ts';

const { fleet, settings } = JSON.parse(process.argv[2] ?? '') as {
  fleet: Fleet;
  settings: Settings;
};

const WATCH_MS = 60_000;
const clients = createClients();
await watch(ladderDeps(fleet, settings, clients), {
  fleet: fleet.name,
  policy: fleet.policy,
  id: randomUUID(),
  untilMs: Date.now() + WATCH_MS,
});
clients.destroy();
