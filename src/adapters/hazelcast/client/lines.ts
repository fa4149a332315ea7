/** The lines of one observer: which are kept, which are fresh, and when there is none. */
import type { Address } from '../../../core/observation.ts';
import type { Line } from './line.ts';

/** Twice the longest pause between two rounds of a fleet; a member hangs up after 300 s. */
const IDLE_MS = 120_000;
/** Far below what a process may have open beside its probes. */
const LINES_MAX = 400;
/** After a failure, doubled with each further one. */
const PAUSE_MS = { min: 1_000, max: 30_000 };

interface Kept {
  readonly line: Line;
  usedAtMs: number;
}

interface Pause {
  readonly untilMs: number;
  readonly lengthMs: number;
}

export interface Lines {
  /** The line that is kept, opened if there is none. `null`: it cannot be had now. */
  readonly kept: (address: Address) => Promise<Line | null>;
  /** A line over a connection that was not there before; the one that was fresh till now is closed. */
  readonly fresh: (address: Address) => Promise<Line | null>;
  /** A fresh line over which the member answered is the better one: it is kept instead. */
  readonly promote: (address: Address, line: Line) => void;
}

/** @param open never rejects. */
export const createLines = (
  open: (address: Address) => Promise<Line | null>,
  nowMs: () => number,
): Lines => {
  // In the order of their last use.
  const kept = new Map<Address, Kept>();
  const fresh = new Map<Address, Kept>();
  const opening = new Map<string, Promise<Line | null>>();
  const pauses = new Map<string, Pause>();

  const put = (lines: Map<Address, Kept>, address: Address, line: Line): void => {
    const before = lines.get(address)?.line;
    if (before !== undefined && before !== line) before.close();
    lines.delete(address);
    lines.set(address, { line, usedAtMs: nowMs() });
  };
  const sweep = (lines: Map<Address, Kept>): void => {
    for (const [address, { line, usedAtMs }] of lines) {
      const isIdle = nowMs() - usedAtMs > IDLE_MS;
      if (!isIdle && line.isOpen() && lines.size <= LINES_MAX) continue;
      line.close();
      lines.delete(address);
    }
  };
  const connect = async (kind: string, address: Address): Promise<Line | null> => {
    const key = `${kind} ${address}`;
    const pause = pauses.get(key);
    if (pause !== undefined && nowMs() < pause.untilMs) return null;
    const line = await open(address);
    if (line === null) {
      const lengthMs = Math.min(PAUSE_MS.max, (pause?.lengthMs ?? PAUSE_MS.min / 2) * 2);
      pauses.set(key, { untilMs: nowMs() + lengthMs, lengthMs });
    } else {
      pauses.delete(key);
      put(kind === 'fresh' ? fresh : kept, address, line);
    }
    return line;
  };
  const once = async (kind: string, address: Address): Promise<Line | null> => {
    const key = `${kind} ${address}`;
    const begun = opening.get(key) ?? connect(kind, address).finally(() => opening.delete(key));
    opening.set(key, begun);
    return await begun;
  };
  return {
    kept: async (address) => {
      sweep(kept);
      sweep(fresh);
      const found = kept.get(address);
      if (found === undefined) return await once('kept', address);
      put(kept, address, found.line);
      return found.line;
    },
    fresh: async (address) => await once('fresh', address),
    promote: (address, line) => {
      if (fresh.get(address)?.line !== line) return;
      fresh.delete(address);
      put(kept, address, line);
    },
  };
};
