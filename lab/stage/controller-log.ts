/** What the controller says: its log, followed as it grows, one tick a line. */
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';

/** The part of a tick's log line that the lab reads. */
export interface TickLine {
  readonly atMs: number;
  readonly sentence: string;
  /** Condition of the cluster. */
  readonly cluster: string;
  /** Instance ids that misbehave, within their tolerance or beyond. */
  readonly suspects: readonly string[];
}

const LOOK_EVERY_MS = 100;

/** Calls `onTick` for each tick; returns a function that stops and resolves when all was read. */
export const followTicks = (
  file: string,
  onTick: (tick: TickLine) => void,
): (() => Promise<void>) => {
  const stopping = new AbortController();
  const following = follow(file, stopping.signal, (line) => {
    const tick = tickOf(line);
    if (tick !== null) onTick(tick);
  });
  return async () => {
    stopping.abort();
    await following;
  };
};

const follow = async (
  file: string,
  stop: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> => {
  let offset = 0;
  let rest = '';
  for (let last = false; !last; ) {
    last = stop.aborted;
    const text = await readFrom(file, offset);
    offset += Buffer.byteLength(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
};

/** Empty while the file does not exist: the function has not said anything yet. */
const readFrom = async (file: string, offset: number): Promise<string> => {
  const handle = await open(file).catch(() => null);
  if (handle === null) return '';
  try {
    const { size } = await handle.stat();
    if (size <= offset) return '';
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(size - offset),
      0,
      size - offset,
      offset,
    );
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await handle.close();
  }
};

const logLine = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    message: v.string(),
    timestamp: v.pipe(v.string(), v.isoTimestamp()),
    cluster: v.string(),
    suspects: v.array(v.string()),
  }),
);

/** `null` for lines that tell something else. */
const tickOf = (line: string): TickLine | null => {
  const parsed = v.safeParse(logLine, line);
  if (!parsed.success) return null;
  const { message, timestamp, cluster, suspects } = parsed.output;
  return { atMs: Date.parse(timestamp), sentence: message, cluster, suspects };
};
