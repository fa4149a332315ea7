/** `quorate watch`: the loop as a process, on a machine that reaches the nodes and may act on AWS. Each tick is a line of JSON. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createClients } from '../adapters/aws/clients.ts';
import { look } from '../adapters/hazelcast/look.ts';
import { localObserver } from '../adapters/system/local-observer.ts';
import { composeDeps } from '../compose.ts';
import type { Deps } from '../ports.ts';
import { watch as watchFleet } from '../watch.ts';
import { chooseFleet, type GlobalOptions, openStore } from './options.ts';
import { EXIT, type Exit, type Terminal } from './terminal.ts';

interface WatchOptions extends GlobalOptions {
  readonly eventBus: string;
  readonly documents: string;
}

/** @param signal ends it after the tick that is under way. */
export const watch = async (
  options: WatchOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Exit> => {
  const fleet = chooseFleet(options);
  const { store, close } = await openStore(options.store, true);
  const clients = createClients();
  const settings = {
    table: options.store,
    eventBus: options.eventBus,
    documents: options.documents,
    probers: [],
  };
  const deps: Deps = {
    ...composeDeps(fleet, settings, clients),
    store,
    observers: [localObserver(hostname(), fleet, look)],
  };
  const id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  terminal.error(`watching fleet ${fleet.name} in mode ${fleet.policy.mode} as ${id}`);
  try {
    while (!signal.aborted) {
      const { ended } = await watchFleet(deps, {
        fleet: fleet.name,
        policy: fleet.policy,
        id,
        untilMs: Number.MAX_SAFE_INTEGER,
        signal,
      });
      if (ended === 'superseded') {
        terminal.error(`another watcher took over fleet ${fleet.name}`);
        return EXIT.unhealthy;
      }
      // A fleet that ticks once a minute or more rarely comes back after each tick.
      await deps.clock.sleep(fleet.policy.tickEveryMs, signal);
    }
    return EXIT.fine;
  } finally {
    close();
    clients.destroy();
  }
};
