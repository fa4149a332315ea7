/** `quorate status`: what the last tick knew. Reads the row alone, so it works while everything else is down. */
import { StateUnreadable, StoreUnavailable } from '../errors.ts';
import type { Row } from '../ports.ts';
import { chooseFleetName, type GlobalOptions, openStore } from './options.ts';
import { isStale, type Status, statusLines } from './status-lines.ts';
import { EXIT, type Exit, type Terminal } from './terminal.ts';

const DEADLINE_MS = 5_000;

export const status = async (options: GlobalOptions, terminal: Terminal): Promise<Exit> => {
  const fleet = chooseFleetName(options);
  try {
    const { state, pause, lease } = await load(options.store, fleet);
    const nowMs = terminal.nowMs();
    const told: Status = {
      fleet,
      nowMs,
      state,
      // A pause that ran out, and a lease that nobody renewed, are over.
      pause: pause?.untilMs != null && pause.untilMs <= nowMs ? null : pause,
      lease: lease !== null && lease.untilMs <= nowMs ? null : lease,
    };
    const exit = exitOf(told);
    if (options.json === true) terminal.out(JSON.stringify(jsonOf(told, exit), null, 2));
    else for (const line of statusLines(told, terminal)) terminal.out(line);
    return exit;
  } catch (error) {
    if (!(error instanceof StoreUnavailable || error instanceof StateUnreadable)) throw error;
    if (options.json !== true) throw error;
    terminal.out(JSON.stringify({ fleet, verdict: 'unknown', because: error.message }, null, 2));
    return EXIT.unknown;
  }
};

const load = async (where: string, fleet: string): Promise<Row> => {
  const { store, close } = await openStore(where, false);
  try {
    return await store.load(fleet, AbortSignal.timeout(DEADLINE_MS));
  } finally {
    close();
  }
};

const exitOf = (told: Status): Exit => {
  if (told.state === null || isStale(told)) return EXIT.unknown;
  switch (told.state.cluster) {
    case 'Quorate':
      return told.state.inFlight === null ? EXIT.fine : EXIT.unhealthy;
    case 'Degraded':
      return EXIT.unhealthy;
    case 'Blind':
    case 'Unknown':
      return EXIT.unknown;
  }
};

const VERDICT = { [EXIT.fine]: 'fine', [EXIT.unhealthy]: 'unhealthy', [EXIT.unknown]: 'unknown' };

const jsonOf = (told: Status, exit: Exit): object => {
  const { fleet, nowMs, state, pause, lease } = told;
  return {
    fleet,
    verdict: exit === EXIT.usage ? 'unknown' : VERDICT[exit],
    nowMs,
    lastTickMs: state?.lastTickMs ?? null,
    isStale: isStale(told),
    cluster: state === null ? null : { condition: state.cluster, sinceMs: state.clusterSinceMs },
    nodes: Object.entries(state?.nodes ?? {}).map(([instanceId, node]) => ({
      instanceId,
      address: node.address,
      condition: node.condition,
      sinceMs: node.conditionSinceMs,
    })),
    seats: state?.seats ?? [],
    inFlight: state?.inFlight ?? null,
    pause,
    lease,
  };
};
