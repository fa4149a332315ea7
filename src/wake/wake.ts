/**
 * An alarm wakes the loop and says nothing more: what is done is decided by a fresh observation, as in any minute. It
 * does not push out whoever watches, so a repeated or forged alarm can at most make the loop look.
 */
import type { InstanceId } from '../core/observation.ts';
import { StateUnreadable, StoreUnavailable } from '../errors.ts';
import { isLive } from '../lease.ts';
import { loadRow, type Watchable } from '../look-once.ts';
import type { Clock } from '../ports.ts';
import { type Watched, watch } from '../watch.ts';
import { readWakeUp, type WakeUp } from './wake-up.ts';
import { fleetsNamed } from './which-fleets.ts';

export interface Alarmable extends Watchable {
  /** Auto Scaling group. */
  readonly group: string;
  readonly standby: { readonly group: string } | null;
}

export interface WakeContext {
  readonly fleets: readonly Alarmable[];
  readonly clock: Clock;
  /** Where this function runs: alarms of elsewhere are not ours. */
  readonly account: string;
  readonly region: string;
  /** What the deployment's names begin with. */
  readonly prefix: string;
  /** Unique for each invocation. */
  readonly id: string;
  /** When to stop watching although no successor came. */
  readonly untilMs: number;
  /** Told as soon as it is decided; watching takes minutes. */
  readonly tell: (sentence: string) => void;
}

export interface Woken {
  readonly answer: 'refused' | 'ignored' | 'woken';
  /** Why, and who. For people. */
  readonly sentence: string;
  /** By fleet: how the watch ended, or why there was none. */
  readonly fleets: Readonly<Record<string, Watched | string>>;
}

/** An alarm goes off once, on its transition; later than this the minute's invocation has looked twice. */
const STALE_MS = 120_000;

/** Never rejects for what an alarm says: what is not for us is told, and Lambda would only count an error. */
export const wake = async (event: unknown, context: WakeContext): Promise<Woken> => {
  const end = (answer: Woken['answer'], sentence: string): Woken => {
    context.tell(`${answer}: ${sentence}`);
    return { answer, sentence, fleets: {} };
  };
  const read = readWakeUp(event);
  if (!read.ok) return end('refused', `the event is ${read.error}`);
  const { what } = read.value;
  const foreign = foreignness(read.value, context);
  if (foreign !== null) return end('refused', `${what} ${foreign}`);
  const quiet = read.value.quiet ?? staleness(read.value, context.clock.nowMs());
  if (quiet !== null) return end('ignored', `${what}: ${quiet}`);
  const found = await fleetsOf(read.value, context);
  if ('unknown' in found) return end('refused', `${what}: ${found.unknown}`);
  const names = found.fleets.map(({ name }) => name).join(' and ');
  context.tell(`woken: ${what} is about ${names}`);
  const ends = await Promise.all(
    found.fleets.map(async (fleet) => [fleet.name, await watchUnlessWatched(fleet, context)]),
  );
  return {
    answer: 'woken',
    sentence: `${what} is about ${names}`,
    fleets: Object.fromEntries(ends),
  };
};

const foreignness = (
  { accounts, regions }: WakeUp,
  { account, region }: WakeContext,
): string | null => {
  if (accounts.some((each) => each !== account)) return 'comes from another account';
  return regions.some((each) => each !== region) ? 'comes from another region' : null;
};

const staleness = ({ atMs }: WakeUp, nowMs: number): string | null => {
  const ageMs = nowMs - atMs;
  if (ageMs > STALE_MS) return `it is ${Math.round(ageMs / 1_000)} s old, and looking has gone on`;
  return ageMs < -STALE_MS ? 'its time has not come yet: whose clock is wrong?' : null;
};

type Found = { readonly fleets: readonly Alarmable[] } | { readonly unknown: string };

const fleetsOf = async ({ signs }: WakeUp, context: WakeContext): Promise<Found> => {
  const named = fleetsNamed(signs, context.fleets, context.prefix);
  const others = context.fleets.filter((fleet) => !named.includes(fleet));
  const knowing = await fleetsThatKnow(signs.instanceIds, others);
  if (!knowing.ok) return { unknown: `nobody can say whose it is: ${knowing.error}` };
  const fleets = [...named, ...knowing.fleets];
  if (fleets.length > 0) return { fleets };
  const known = context.fleets.map(({ name }) => name).join(', ');
  return {
    unknown: `it names no fleet of this deployment (${known}): give its metric the dimension Fleet or AutoScalingGroupName, or name it ${context.prefix}-FLEET-...`,
  };
};

type Knowing =
  | { readonly ok: true; readonly fleets: readonly Alarmable[] }
  | { readonly ok: false; readonly error: string };

/** By the rows, which cost next to nothing: an account's other instances come and go by the hundred. */
const fleetsThatKnow = async (
  instanceIds: readonly InstanceId[],
  fleets: readonly Alarmable[],
): Promise<Knowing> => {
  if (instanceIds.length === 0) return { ok: true, fleets: [] };
  try {
    const rows = await Promise.all(
      fleets.map(async (fleet) => ({ fleet, row: await loadRow(fleet) })),
    );
    const knowing = rows.filter(({ row }) =>
      instanceIds.some((id) => row.state?.nodes[id] !== undefined),
    );
    return { ok: true, fleets: knowing.map(({ fleet }) => fleet) };
  } catch (error) {
    return { ok: false, error: storeError(error) };
  }
};

const watchUnlessWatched = async (
  fleet: Alarmable,
  { id, untilMs, clock }: WakeContext,
): Promise<Watched | string> => {
  try {
    const { lease } = await loadRow(fleet);
    if (isLive(lease, clock.nowMs())) return `already watching: ${lease.holder}`;
  } catch (error) {
    // Without the store nothing could be done either (I6), and whoever watches may be pushed out.
    return `not begun: ${storeError(error)}`;
  }
  const { deps, policy, name } = fleet;
  return await watch(deps, { fleet: name, policy, id, untilMs });
};

/** @throws whatever is no trouble of the store */
const storeError = (error: unknown): string => {
  if (error instanceof StoreUnavailable || error instanceof StateUnreadable) return error.message;
  throw error;
};
