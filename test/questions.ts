/** What a plain round asks: nothing beyond the probes of every node. */
import type { Questions } from '../src/core/observation.ts';

export const NO_QUESTIONS: Questions = {
  turn: 0,
  confirm: {},
  isLast: false,
  crossings: [],
  safety: false,
};
