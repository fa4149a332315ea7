/** The real parts of the controller for the ladder's hosts, which are addresses of the loopback. */
import type { AwsClients } from '../../src/adapters/aws/clients.ts';
import { look } from '../../src/adapters/hazelcast/look.ts';
import { preview } from '../../src/adapters/hazelcast/preview.ts';
import { localObserver } from '../../src/adapters/system/local-observer.ts';
import { composeDeps } from '../../src/compose.ts';
import type { Fleet, Settings } from '../../src/config/fleet.ts';
import type { Deps, LookRequest, Observer } from '../../src/ports.ts';
import { loopbackOf } from './ladder-hosts.ts';

export const ladderDeps = (fleet: Fleet, settings: Settings, clients: AwsClients): Deps => ({
  ...composeDeps(fleet, settings, clients),
  observers: [observer('probe-a', fleet), observer('probe-b', fleet)],
});

const observer = (name: string, fleet: Fleet): Observer => {
  const local = localObserver(name, fleet, { look, preview });
  const there = (request: LookRequest): LookRequest => ({
    ...request,
    nodes: request.nodes.map((node) => ({ ...node, address: loopbackOf(node.address) })),
  });
  return { ...local, look: async (request, signal) => await local.look(there(request), signal) };
};
