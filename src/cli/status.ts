/** `quorate status`: what the last tick knew. Reads the row alone, so it works while everything else is down. */
import { StateUnreadable, StoreUnavailable } from '../errors.ts';
import type { Row } from '../ports.ts';
import { statusOf, statusReport, statusVerdict } from '../report/status.ts';
import { chooseFleetName, type GlobalOptions, openStore } from './options.ts';
import { toldOnce } from './refusal.ts';
import { statusLines } from './status-lines.ts';
import { EXIT, type Exit, exitOf, type Terminal } from './terminal.ts';

const DEADLINE_MS = 5_000;

export const status = async (options: GlobalOptions, terminal: Terminal): Promise<Exit> => {
  const fleet = chooseFleetName(options);
  try {
    const told = statusOf(fleet, await load(options.store, fleet), terminal.nowMs());
    if (options.json === true) terminal.out(JSON.stringify(statusReport(told), null, 2));
    else for (const line of statusLines(told, terminal)) terminal.out(line);
    return exitOf(statusVerdict(told));
  } catch (error) {
    if (!(error instanceof StoreUnavailable || error instanceof StateUnreadable)) throw error;
    if (options.json !== true) throw error;
    terminal.out(
      JSON.stringify({ fleet, verdict: 'unknown', because: toldOnce(error.message) }, null, 2),
    );
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
