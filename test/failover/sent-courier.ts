/** A courier that was sent, and what it says. */
import type { CourierWord } from '../../src/core/sides.ts';
import type { Story } from './story.ts';

export interface SentCourier {
  readonly job: number;
  readonly isRestoring: boolean;
  readonly startedAtMs: number;
  endAtMs: number;
  diedAtMs: number;
}

const COPY_MS = 6_000;

export const wordOf = (
  { job, isRestoring, startedAtMs, endAtMs, diedAtMs }: SentCourier,
  { vault = 'whole', unreachable = 0 }: Pick<Story, 'vault' | 'unreachable'>,
  nowMs: number,
): CourierWord => {
  const untilMs = Math.min(nowMs, diedAtMs);
  if (isRestoring && vault !== 'whole') {
    const phase = vault === 'absent' ? ('ended' as const) : ('failed' as const);
    const none = { passes: 0, lagMs: null, moved: 0, expired: 0, unreachable: 0, conflicts: 0 };
    // One word, and it is gone.
    return { job, beat: startedAtMs, phase, ...none, detail: `it is ${vault}` };
  }
  const isOver = nowMs >= endAtMs && diedAtMs > endAtMs;
  const passes = Math.floor((untilMs - startedAtMs) / COPY_MS);
  return {
    job,
    beat: Math.floor((untilMs - startedAtMs) / 1_000),
    phase: isOver ? 'ended' : passes > 0 ? 'level' : 'copying',
    passes,
    lagMs: passes > 0 ? 200 : null,
    moved: 100 * passes,
    expired: 0,
    unreachable,
    conflicts: 0,
    detail: '',
  };
};
