/** Stories drawn at random, played by the whole controller against a ground truth. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instanceOf, T0 } from '../core/world.ts';
import { drive, type Played } from './drive.ts';
import { faultOf, fleet, ownTrouble, trouble } from './troubles.ts';

const RUNS = { numRuns: 100 };
const MINUTE_MS = 60_000;

const RESTORING = ['register', 'lift'];

/** Acts on one node while another one's eviction goes on (I1). */
const crossings = ({ acts, truth }: Played): readonly string[] =>
  acts.flatMap(({ atMs, act }, index) => {
    const before = acts[index - 1]?.act;
    if (before === undefined || RESTORING.includes(before.kind) || RESTORING.includes(act.kind))
      return [];
    const instanceId = instanceOf(before);
    const first = truth.nodes.find((node) => node.instanceId === instanceId);
    return instanceId === instanceOf(act) || (first?.terminatedAtMs ?? 0) <= atMs
      ? []
      : [`${act.kind} ${instanceOf(act)} during the eviction of ${instanceId}`];
  });

describe('the controller, whatever happens', () => {
  it('harms nobody who serves, never a majority, one at a time, and is quiet once all is well', async () => {
    await fc.assert(
      fc.asyncProperty(fleet, fc.array(trouble, { maxLength: 8 }), async (base, troubles) => {
        const healAtMs = T0 + 5 * MINUTE_MS;
        const untilMs = T0 + 15 * MINUTE_MS;
        const played = await drive({ ...base, troubles, healAtMs, untilMs });
        expect(played.wrongs).toEqual([]);
        expect(crossings(played)).toEqual([]);
        expect(played.reports.at(-1)).toMatchObject({
          plan: { kind: 'watch' },
          inFlight: null,
          cluster: { condition: 'Quorate' },
        });
        expect(played.truth.staying().filter(({ registered }) => !registered)).toEqual([]);
        expect(played.truth.fenced()).toEqual([]);
      }),
      RUNS,
    );
  });

  it('evicts and replaces what is lastingly sick, whatever happens to itself', async () => {
    const troubles = fc.array(ownTrouble, { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fleet, faultOf, troubles, async (base, fault, others) => {
        // Five minutes for the cure, and twice the longest boot for the newcomer.
        const script = { ...base, startAtMs: T0, untilMs: fault.at + 10 * MINUTE_MS };
        const played = await drive({ ...script, troubles: [fault, ...others] });
        const victim = played.truth.nodes.find(({ badSinceMs }) => badSinceMs !== null);
        expect(played.wrongs).toEqual([]);
        expect(victim?.terminatedAtMs).toBeLessThan(fault.at + 5 * MINUTE_MS);
        expect(played.reports.at(-1)?.cluster.condition).toBe('Quorate');
      }),
      RUNS,
    );
  });
});
