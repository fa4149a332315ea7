/**
 * The real loop as a process that can be killed: what handlers/schedule.ts runs, with observers of its own, because the
 * hosts of this bench are addresses of the loopback. Argument: fleet and settings as JSON; AWS from the environment.
 */
import { randomUUID } from 'node:crypto';
import { createClients } from '../../src/adapters/aws/clients.ts';
import { look } from '../../src/adapters/hazelcast/look.ts';
import { localObserver } from '../../src/adapters/system/local-observer.ts';
import { composeDeps } from '../../src/compose.ts';
import type { Fleet, Settings } from '../../src/config/fleet.ts';
import type { LookRequest, Observer } from '../../src/ports.ts';
import { watch } from '../../src/watch.ts';
import { loopbackOf } from './ladder-hosts.ts';

const { fleet, settings } = JSON.parse(process.argv[2] ?? '') as {
  fleet: Fleet;
  settings: Settings;
};

const observer = (name: string): Observer => {
  const local = localObserver(name, fleet, look);
  const there = (request: LookRequest): LookRequest => ({
    ...request,
    nodes: request.nodes.map((node) => ({ ...node, address: loopbackOf(node.address) })),
  });
  return { name, look: async (request, signal) => await local.look(there(request), signal) };
};

const WATCH_MS = 60_000;
const clients = createClients();
await watch(
  {
    ...composeDeps(fleet, settings, clients),
    observers: [observer('probe-a'), observer('probe-b')],
  },
  { fleet: fleet.name, policy: fleet.policy, id: randomUUID(), untilMs: Date.now() + WATCH_MS },
);
clients.destroy();
