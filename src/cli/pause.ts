/** `quorate pause` and `quorate resume`: a person stops every act, and lifts that again. */
import { formatDuration, parseDuration } from '../config/duration.ts';
import type { Pause } from '../core/observation.ts';
import { refusal } from '../requests/reply.ts';
import { caller } from './caller.ts';
import { chooseFleetName, type GlobalOptions, openStore, WrongUsage } from './options.ts';
import { tellRefusal } from './refusal.ts';
import { EXIT, type Exit, paint, type Terminal } from './terminal.ts';

/** A store that takes longer than this is out of reach for somebody in a hurry. */
const DEADLINE_MS = 5_000;

interface PauseOptions extends GlobalOptions {
  readonly reason: string;
  readonly for?: string;
}

export const pause = async (options: PauseOptions, terminal: Terminal): Promise<Exit> => {
  const forMs = options.for === undefined ? null : parseDuration(options.for);
  if (options.for !== undefined && (forMs === null || forMs === 0)) {
    throw new WrongUsage(`--for is a duration such as 30m or 2h, not ${options.for}`);
  }
  const atMs = terminal.nowMs();
  const by = caller();
  const untilMs = forMs === null ? null : atMs + forMs;
  return await write(options, terminal, { by, reason: options.reason, atMs, untilMs });
};

export const resume = async (options: GlobalOptions, terminal: Terminal): Promise<Exit> =>
  await write(options, terminal, null);

const write = async (
  options: GlobalOptions,
  terminal: Terminal,
  wanted: Pause | null,
): Promise<Exit> => {
  const fleet = chooseFleetName(options);
  const { store, close } = await openStore(options.store, false);
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const before = await store.load(fleet, signal);
    if (before.version === 0) {
      // Else a misspelt name would be paused, and the fleet that was meant would go on.
      const message = `${options.store} knows no fleet ${fleet}`;
      return tellRefusal(refusal('refused', message), options, terminal);
    }
    await store.setPause(fleet, wanted, signal);
    if (options.json === true) terminal.out(JSON.stringify({ fleet, pause: wanted }, null, 2));
    else terminal.out(sentence(fleet, before.pause !== null, wanted, terminal));
    return EXIT.fine;
  } finally {
    close();
  }
};

const sentence = (
  fleet: string,
  wasPaused: boolean,
  wanted: Pause | null,
  terminal: Terminal,
): string => {
  if (wanted === null) {
    const how = wasPaused ? 'resumed' : 'was not paused';
    return `${paint(terminal, 'green', `fleet ${fleet} ${how}`)}: Quorate acts as its mode says`;
  }
  const { untilMs, atMs } = wanted;
  const end = untilMs === null ? 'until quorate resume' : `for ${formatDuration(untilMs - atMs)}`;
  return `${paint(terminal, 'yellow', `fleet ${fleet} is paused`)} ${end}: it watches and tells, and acts on nothing`;
};
