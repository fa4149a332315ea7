/** An observer in this process, for a controller that runs where it can reach the nodes: the same probes, no Lambda. */
import { type Fleet, fleetOn, noSuchSide } from '../../config/fleet.ts';
import type { LookReply, PreviewReply } from '../../observation-wire.ts';
import type { LookRequest, Observer, PreviewRequest } from '../../ports.ts';

/** What a prober can do, whoever asks it. Neither rejects. */
export interface Prober {
  readonly look: (fleet: Fleet, request: LookRequest, signal: AbortSignal) => Promise<LookReply>;
  readonly preview: (
    fleet: Fleet,
    request: PreviewRequest,
    signal: AbortSignal,
  ) => Promise<PreviewReply>;
}

export const localObserver = (name: string, fleet: Fleet, prober: Prober): Observer => {
  // Kept, because a prober keeps its clients for a fleet.
  const sides = { blue: fleet, green: fleetOn(fleet, 'green') };
  return {
    name,
    look: async (request, signal) => {
      const there = sides[request.side];
      if (there === null) return { observer: name, failed: noSuchSide(fleet, request.side) };
      const reply = await prober.look(there, request, signal);
      if (signal.aborted) return { observer: name, failed: 'the round was broken off' };
      return 'failed' in reply
        ? { observer: name, failed: reply.failed }
        : {
            observer: name,
            sighted: reply.sighted,
            sights: reply.sights,
            crossings: reply.crossings,
          };
    },
    preview: async (request, signal) => ({
      observer: name,
      ...(await prober.preview(fleet, request, signal)),
    }),
  };
};
