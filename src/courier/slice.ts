/** How long one invocation of a courier works. */
import { REST_MS } from './job.ts';

/** Lambda allows 15 minutes; a state machine that sees a courier die wants to know sooner. */
const SLICE_MS = 540_000;
/** After the time of rest: to end in good order before Lambda ends the process. */
const MARGIN_MS = 15_000;

/** From when on it waits for a successor. */
export const sliceUntilMs = (nowMs: number, remainingMs: number): number =>
  nowMs + Math.min(SLICE_MS, remainingMs - REST_MS - MARGIN_MS);
