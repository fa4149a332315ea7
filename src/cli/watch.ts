/** `quorate watch`: the loop as a process, on a machine that reaches the nodes and may act on AWS. Each tick is a line of JSON. */
import { createClients } from '../adapters/aws/clients.ts';
import { createLog } from '../adapters/system/log.ts';
import { watch as watchFleet } from '../watch.ts';
import { deployedParts, localDeps, watcherId } from './local.ts';
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
  const { eventBus, documents } = options;
  const log = createLog();
  const names = { eventBus, documents, ...deployedParts(options) };
  const deps = await localDeps(fleet, { store, clients, log, ...names });
  const id = watcherId();
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
