/** How often users were moved from one side to the other, as their own calls tell. Pure. */
import type { Call } from '../clients/call.ts';

/**
 * Calls that were under way while users were moved may end on the side they began on: a flip needs a call that began after
 * one on the side before had ended. One switch is one flip; users who alternate between two clusters make many.
 * @param sideOf the side of a server, by its address; `null`: nobody's
 */
export const flipsOf = (
  calls: readonly Call[],
  sideOf: (address: string) => string | null,
): number => {
  const served = calls
    .filter(({ failed }) => !failed)
    .flatMap((call) => {
      const side = call.servedBy === null ? null : sideOf(call.servedBy);
      return side === null
        ? []
        : [{ side, startMs: call.startMs, endMs: call.startMs + call.durationMs }];
    })
    .toSorted((a, b) => a.endMs - b.endMs);
  let [current] = served;
  let flips = 0;
  for (const call of served) {
    if (current === undefined || call.side === current.side) continue;
    if (call.startMs <= current.endMs) continue;
    current = call;
    flips += 1;
  }
  return flips;
};
