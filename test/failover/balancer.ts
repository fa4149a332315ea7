/** The load balancer between two sides: where it leads calls, and what its health checks find. */
import type { TargetState } from '../../src/core/observation.ts';
import type { Routing, SideName } from '../../src/core/sides.ts';

/** Two health checks: who fails them is unhealthy. */
const FIRST_CHECKS_MS = 5_000;
/** Who is unhealthy must pass five of them, by default 30 s apart. */
const RECHECK_MS = 150_000;

export interface Checked {
  readonly side: SideName;
  readonly runsFromMs: number;
  readonly upAtMs: number;
  readonly isGood: boolean;
}

export class Balancer {
  routing: Routing = { side: 'blue', preview: null };
  /** It finds everybody well. */
  isBlind = false;
  /** Since when a rule leads to a side: only then are its targets checked. */
  readonly #usedSinceMs: Record<SideName, number> = { blue: -Infinity, green: Infinity };

  lead(routing: Partial<Routing>, nowMs: number): 'done' {
    const { isHalf: _, ...whole } = this.routing;
    this.routing = { ...whole, ...routing };
    for (const side of ['blue', 'green'] as const) {
      const isUsed = this.routing.side === side || this.routing.preview === side;
      this.#usedSinceMs[side] = isUsed ? Math.min(this.#usedSinceMs[side], nowMs) : Infinity;
    }
    return 'done';
  }

  targetOf({ side, runsFromMs, upAtMs, isGood }: Checked, nowMs: number): TargetState {
    const checkedFromMs = Math.max(this.#usedSinceMs[side], runsFromMs);
    if (checkedFromMs > nowMs) return 'unused';
    if (this.isBlind) return 'healthy';
    const wasLate = upAtMs > checkedFromMs + FIRST_CHECKS_MS;
    return isGood && (!wasLate || nowMs >= upAtMs + RECHECK_MS) ? 'healthy' : 'unhealthy';
  }
}
