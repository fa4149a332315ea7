/** What the next round asks beyond the plain probes: pure, so that a replay asks the same. */
import type { Questions } from './observation.ts';

/** Ticks are a second apart at least; observers of one round get the same turn. */
const TURN_MS = 1_000;

export const questionsAt = (nowMs: number): Questions => ({
  turn: Math.floor(nowMs / TURN_MS),
  confirm: {},
  isLast: false,
  crossings: [],
  safety: false,
});
