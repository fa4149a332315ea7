/**
 * What members say of the way to each other: the third witness for a node that nobody of us reaches, and the only one for a
 * link that is cut between two members which everybody else reaches.
 */
import { isSighted } from './detect.ts';
import type { Cut } from './ledger.ts';
import type { InstanceId, Round } from './observation.ts';

/** One direction between two members, as all observers together found it this round. */
interface Way {
  readonly via: InstanceId;
  readonly to: InstanceId;
  readonly open: boolean;
}

/** One answer that came through proves the way; silence counts only when nobody got one. */
const waysOf = (rounds: readonly Round[]): readonly Way[] => {
  const told = rounds.filter(isSighted).flatMap(({ crossings }) => crossings);
  const ways = new Map<string, Way>();
  for (const { via, to, answer } of told) {
    if (answer === 'none') continue;
    const key = `${via} ${to}`;
    const open = answer === 'ok' || ways.get(key)?.open === true;
    ways.set(key, { via, to, open });
  }
  return [...ways.values()];
};

/** What the peers in `trusted` say of the way to a node; `nothing` when none of them was asked or could tell. */
export const peersSay = (
  to: InstanceId,
  rounds: readonly Round[],
  trusted: readonly InstanceId[],
): 'reached' | 'unreached' | 'nothing' => {
  const ways = waysOf(rounds).filter((way) => way.to === to && trusted.includes(way.via));
  if (ways.some(({ open }) => open)) return 'reached';
  return ways.length > 0 ? 'unreached' : 'nothing';
};

/** Ways are asked in turn, a few at a time: one that was not asked for so long is not known any more. */
const FORGOTTEN_MS = 30_000;

export const cutsAfter = (
  before: readonly Cut[],
  rounds: readonly Round[],
  nowMs: number,
): readonly Cut[] => {
  const ways = waysOf(rounds);
  const told = (cut: Cut): boolean => ways.some(({ via, to }) => via === cut.via && to === cut.to);
  const kept = before.filter((cut) => !told(cut) && nowMs - cut.seenAtMs < FORGOTTEN_MS);
  const seen = ways
    .filter(({ open }) => !open)
    .map(({ via, to }): Cut => {
      const known = before.find((cut) => cut.via === via && cut.to === to);
      return { via, to, sinceMs: known?.sinceMs ?? nowMs, seenAtMs: nowMs };
    });
  return [...kept, ...seen];
};

/** Peers that do not reach a member, or that it does not reach, for at least as long. */
export const cutOff = (
  instanceId: InstanceId,
  cuts: readonly Cut[],
  sinceBeforeMs: number,
): { readonly from: readonly InstanceId[]; readonly unreachedBy: readonly InstanceId[] } => {
  const old = cuts.filter(({ sinceMs }) => sinceMs <= sinceBeforeMs);
  const unreachedBy = old.filter(({ to }) => to === instanceId).map(({ via }) => via);
  const unreached = old.filter(({ via }) => via === instanceId).map(({ to }) => to);
  return { from: [...new Set([...unreachedBy, ...unreached])].sort(), unreachedBy };
};
