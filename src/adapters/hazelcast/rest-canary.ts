/**
 * The canary of 2.x: reads of a map through REST, at the member itself. Nobody tells who owns a key, so one read that
 * hangs names nobody: its owner may be the sick one, anywhere. What can be told, measured on 2.6.10 (ADR 0004):
 *
 * - Through a member whose one working thread is stuck *every* read hangs; through the others only those of
 *   its own keys. So a member is named when two reads hang there that another member has answered since.
 * - A member holds up all its REST calls, its list of members included, once 16 reads hang in it. So where one hangs the
 *   next are such as another member has answered since: through a member that is well they are answered at once. After
 *   three no others are sent, and the one that is not well has five at most.
 * - Each is asked for a key of its own, so that the members that are well do not spend their three on the same keys of the
 *   stuck one: of three members, all for the same, in one case of nine nobody was left to answer two.
 *
 * - Before that each of them holds up every 16th call, which waits behind it in one of 16 queues: measured with a host that was
 *   gone, one hanging read of each observer made both late at the same time, every 16 calls, on members that were well. So while
 *   anybody does not answer at all nobody is asked, for its keys would hang everywhere, and it is named without; and where a
 *   read hangs already, more than one call is put that goes into other queues.
 *
 * Of two members the one that is well may have its three reads hanging before it answered two, and rests; a cut link to all owners of the
 * reads looks like a stuck member.
 */
import { connect } from 'node:net';
import type { Address, Canary, Questions, Target } from '../../core/observation.ts';
import type { CanaryBounds } from './canary.ts';
import { within } from './within.ts';

/** Spread over the partitions by their hashes; a canary names its key by its number, as others name a partition. */
const KEYS = 16;
/** Keys between two members' in one round; without a divisor in common, so that 16 members are asked for 16 keys. */
const STRIDE = 5;
/** Reads left hanging before only what others have answered is asked, and after that. */
const HANGING_MAX = { before: 3, after: 5 };
/** Reads that hang although another member has answered them since. */
const NAMED_BY = 2;
/** As long as somebody's silence counts without being seen again: between two rounds there are 2.5 s at most. */
const SILENCE_MS = 5_000;
/** Members that are gone leave their reads behind. */
const FORGET_MS = 600_000;

interface Hanging {
  readonly key: number;
  readonly askedAtMs: number;
  readonly ended: Promise<unknown>;
}

interface Asked {
  /** In the order in which they were asked. */
  readonly hanging: Set<Hanging>;
  /** When it answered which key last. */
  readonly answered: Map<number, number>;
  /** The last answer that was not told yet. */
  heard: { readonly key: number; readonly tookMs: number } | null;
  lookedAtMs: number;
  isSilent: boolean;
}

export interface RestCanarySettings {
  readonly port: number;
  readonly map: string;
}

export type AskRestCanary = (
  target: Target,
  questions: Pick<Questions, 'turn' | 'isLast'>,
  bounds: CanaryBounds,
) => Promise<Canary>;

export interface RestCanary {
  /** Never rejects, and takes no longer than the deadline. */
  readonly ask: AskRestCanary;
  /** Reads of ours hang there, and hold up some of what else it is asked. */
  readonly isClogged: (target: Target) => boolean;
}

export const createRestCanary = (settings: RestCanarySettings, nowMs: () => number): RestCanary => {
  const members = new Map<string, Asked>();

  const memberOf = (name: string): Asked => {
    for (const [each, { lookedAtMs }] of members) {
      if (nowMs() - lookedAtMs > FORGET_MS) members.delete(each);
    }
    const member = members.get(name) ?? fresh();
    members.set(name, member);
    member.lookedAtMs = nowMs();
    return member;
  };
  const isHeldBack = (): boolean =>
    [...members.values()].some(
      ({ isSilent, lookedAtMs }) => isSilent && nowMs() - lookedAtMs < SILENCE_MS,
    );
  /** Keys that others have answered since the first read began to hang here; the latest answer first. */
  const answeredElsewhere = (member: Asked): readonly number[] => {
    const sinceMs = firstOf(member)?.askedAtMs ?? nowMs();
    const answers = [...members.values()]
      .filter((other) => other !== member)
      .flatMap(({ answered }) => [...answered])
      .filter(([, atMs]) => atMs >= sinceMs)
      .toSorted(([, a], [, b]) => b - a);
    return [...new Set(answers.map(([key]) => key))];
  };
  /** What may prove something here; else a key that nobody else is asked for in this round; else one that is answered. */
  const choose = (member: Asked, { turn, isLast }: Parameters<AskRestCanary>[1]): number | null => {
    const here = keysOf(member);
    if (here.size >= HANGING_MAX.after + (isLast ? 1 : 0)) return null;
    const sinceMs = firstOf(member)?.askedAtMs ?? nowMs();
    const answered = answeredElsewhere(member).filter((key) => !here.has(key));
    const open = answered.find((key) => (member.answered.get(key) ?? -Infinity) < sinceMs);
    if (open !== undefined) return open;
    const next = (turn + STRIDE * [...members.values()].indexOf(member)) % KEYS;
    if (here.size < HANGING_MAX.before && !here.has(next)) return next;
    return answered[0] ?? null;
  };
  const send = (member: Asked, address: Address, key: number): void => {
    const askedAtMs = nowMs();
    const path = `/hazelcast/rest/maps/${settings.map}/quorate-canary-${key}`;
    const read = readOnce(address, settings.port, path);
    const hanging: Hanging = { key, askedAtMs, ended: follow() };
    async function follow(): Promise<void> {
      const isAnswered = await read;
      member.hanging.delete(hanging);
      if (!isAnswered) return;
      member.answered.set(key, nowMs());
      member.heard = { key, tookMs: Math.round(nowMs() - askedAtMs) };
    }
    member.hanging.add(hanging);
  };
  const tell = (member: Asked): Canary => {
    const { heard } = member;
    member.heard = null;
    if (heard !== null) return { answer: 'ok', partition: heard.key, tookMs: heard.tookMs };
    const first = firstOf(member);
    if (first === undefined)
      return { answer: 'none', why: isHeldBack() ? 'resting' : 'notConnected' };
    const here = keysOf(member);
    const proofs = answeredElsewhere(member).filter((key) => here.has(key));
    return proofs.length >= NAMED_BY
      ? { answer: 'silent', partition: first.key, forMs: Math.round(nowMs() - first.askedAtMs) }
      : { answer: 'none', why: 'resting' };
  };
  const ask: AskRestCanary = async (target, questions, { deadlineMs, isAnswering, isSilent }) => {
    const member = memberOf(nameOf(target));
    member.isSilent = isSilent;
    if (!isAnswering || member.heard !== null) return tell(member);
    const key = isHeldBack() ? null : choose(member, questions);
    if (key !== null) send(member, target.address, key);
    if (member.hanging.size === 0) return tell(member);
    await within(Promise.race([...member.hanging].map(({ ended }) => ended)), deadlineMs);
    return tell(member);
  };
  return {
    ask,
    isClogged: (target) => (members.get(nameOf(target))?.hanging.size ?? 0) > 0,
  };
};

const nameOf = ({ instanceId, address }: Target): string => `${instanceId} ${address}`;

const fresh = (): Asked => ({
  hanging: new Set(),
  answered: new Map(),
  heard: null,
  lookedAtMs: 0,
  isSilent: false,
});

const firstOf = ({ hanging }: Asked): Hanging | undefined => hanging.values().next().value;

const keysOf = ({ hanging }: Asked): ReadonlySet<number> =>
  new Set([...hanging].map(({ key }) => key));

/** Any byte is an answer. `false` when the connection ended without one; as long as neither, it hangs. */
const readOnce = async (address: Address, port: number, path: string): Promise<boolean> => {
  const socket = connect({ host: address, port });
  // What hangs must not keep a process alive.
  socket.unref();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('data', () => resolve(true));
  socket.on('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${address}:${port}\r\nConnection: close\r\n\r\n`);
  const isAnswered = await promise;
  socket.destroy();
  return isAnswered;
};
