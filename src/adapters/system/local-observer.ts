/** An observer in this process, for a controller that runs where it can reach the nodes: the same probes, no Lambda. */
import type { Fleet } from '../../config/fleet.ts';
import type { LookReply } from '../../observation-wire.ts';
import type { LookRequest, Observer } from '../../ports.ts';

export type Look = (fleet: Fleet, request: LookRequest, signal: AbortSignal) => Promise<LookReply>;

export const localObserver = (name: string, fleet: Fleet, look: Look): Observer => ({
  name,
  look: async (request, signal) => {
    const reply = await look(fleet, request, signal);
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
});
