/** The promises of the courier, whatever happens in whatever order: see `carrier.ts`. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createCarrier } from '../../src/courier/carrier.ts';
import { createChanges } from '../../src/courier/changes.ts';
import { follow } from '../../src/courier/follow.ts';
import { createHands } from '../../src/courier/hands.ts';
import { createLedger } from '../../src/courier/ledger.ts';
import { pass } from '../../src/courier/pass.ts';
import { createWorld, entryOf, PARTITIONS, partitionOf, type World } from './world.ts';

const KEYS = ['a', 'b', 'c'];
const WHATS = ['put', 'remove', 'lose', 'hang', 'recover', 'putThere', 'removeThere'] as const;

interface Step {
  readonly what: (typeof WHATS)[number];
  readonly key: string;
}

/** What must be true of a key in the end, as far as anything must. */
interface Truth {
  /** Somebody on the new side has changed it: that is how it stays, whatever comes. */
  theirs: boolean;
  there: string | null;
  /** It went without a word. */
  lost: boolean;
  /** It came and went on the new side alone: whatever comes after it is right. */
  free: boolean;
  /** On the old side, by somebody. */
  wasRemoved: boolean;
}

const steps = fc.array(
  fc.record({ what: fc.constantFrom(...WHATS), key: fc.constantFrom(...KEYS) }),
  { minLength: 1, maxLength: 40 },
);

const engineOf = (world: World) => {
  const changes = createChanges();
  const carrier = createCarrier({
    target: world.target,
    ledgers: [createLedger()],
    note: () => {},
    kept: async () => ({ ok: true, value: null }),
    tally: { moved: 0, expired: 0, conflicts: 0 },
    nowMs: () => 0,
    leastTtlMs: 5_000,
    mayWrite: async () => true,
  });
  const parts = { source: world.source, carrier, hands: createHands() };
  const all = Array.from({ length: PARTITIONS }, (_, partition) => ({ map: 0, partition }));
  return {
    hear: (partition: number) => {
      const change = world.told[partition]?.shift();
      if (change !== undefined) changes.hear(change, 0);
    },
    pass: async () =>
      await pass(
        {
          ...parts,
          rate: { take: async () => {} },
          mayWrite: async () => true,
          saw: () => {},
          carried: () => {},
          failed: () => {},
        },
        all,
      ),
    follow: async () => await follow({ ...parts, changes }),
  };
};

const play = async (scheduler: fc.Scheduler, script: readonly Step[]): Promise<void> => {
  const turn = async (): Promise<void> => await scheduler.schedule(Promise.resolve());
  const world = createWorld(turn);
  const engine = engineOf(world);
  // There before anybody listened.
  for (const key of KEYS) world.old.set(key, entryOf(`first ${key}`));
  const truths = new Map(
    KEYS.map((key): [string, Truth] => [
      key,
      { theirs: false, there: null, lost: false, free: false, wasRemoved: false },
    ]),
  );
  let last = 0;
  const perform = ({ what, key }: Step): void => {
    const truth = truths.get(key)!;
    const partition = partitionOf(key);
    last += 1;
    if (what === 'putThere') {
      world.fresh.set(key, entryOf(`${last}`));
      Object.assign(truth, { theirs: true, there: `${last}`, free: false });
    } else if (what === 'removeThere') {
      if (!world.fresh.delete(key)) return;
      Object.assign(truth, { theirs: true, there: null, free: !world.writes.includes(key) });
    } else if (what === 'recover') {
      if (world.isHung(partition)) world.recover(partition);
      // Nothing is done on the old side through a member that hangs.
    } else if (!world.isHung(partition)) {
      if (what === 'hang') world.hang(partition);
      if (what === 'lose') truth.lost ||= world.old.has(key);
      if (what === 'put') truth.lost = false;
      if (what === 'remove') truth.wasRemoved = true;
      if (what === 'hang') return;
      world[what](key, `${last}`);
      if (what !== 'lose') void turn().then(() => engine.hear(partition));
    }
  };
  const over = new AbortController();
  const users = async (): Promise<void> => {
    for (const step of script) {
      await turn();
      perform(step);
    }
    over.abort();
  };
  const follows = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await engine.follow();
      await turn();
    }
  };
  await scheduler.waitFor(Promise.all([users(), engine.pass(), follows()]));
  // In the end everybody answers again, and everything that was told is heard.
  const settle = async (): Promise<void> => {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      if (world.isHung(partition)) world.recover(partition);
      while (world.told[partition]!.length > 0) engine.hear(partition);
    }
    while (await engine.follow());
    // Events alone keep both sides level, once everything was read by somebody who answered throughout.
    if (script.some(({ what }) => what === 'hang')) await engine.pass();
  };
  await scheduler.waitFor(settle());
  for (const [key, truth] of truths) judge(world, key, truth);
};

const judge = (
  { old, fresh }: World,
  key: string,
  { theirs, there, lost, free, wasRemoved }: Truth,
): void => {
  if (free) return;
  // Ended on both sides: who is put after that has logged in anew.
  if (theirs && there === null && wasRemoved) return;
  const text = (entries: typeof old): string | null => entries.get(key)?.value.toString() ?? null;
  const found = text(fresh);
  if (theirs) {
    if (found !== there) {
      throw new Error(`${key}: users there left ${String(there)}, now it is ${String(found)}`);
    }
  } else if (text(old) !== null) {
    if (found !== text(old)) {
      throw new Error(`${key}: ${String(text(old))} lives there, here is ${String(found)}`);
    }
  } else if (!lost && found !== null) {
    throw new Error(`${key}: removed there, and ${found} is back here`);
  }
};

describe('whatever happens in whatever order', () => {
  it('no log-out comes back, no live entry is lost, and nothing that users of the new side did is undone', async () => {
    await fc.assert(fc.asyncProperty(fc.scheduler(), steps, play), { numRuns: 1_000 });
  });
});
