/**
 * Rung 3: the core's hosts refuse the victim's address, so that its connections break and it is dropped although its own
 * host does nothing. For a live victim this is the point of no return: let back in, it would run on as an island,
 * acknowledge writes, and merge later.
 *
 * Measured (three members of 5.7, heart-beat 300 s):
 *
 *   victim      fenced on             what follows
 *   a member    the master            dropped by everybody after 0.4 s: the master goes first, the others after it
 *   a member    another member        nothing
 *   the master  all others            dropped after 0.4 s
 *   the master  one of two others     after 120 s the fenced one throws the *healthy* other one out, for good;
 *                                     the same when the fence is undone after 5 s: it has begun to claim the lead
 *
 * So with a master for a victim it is all or nothing: not begun unless all can be asked, undone while nobody has done it yet,
 * and once somebody has, completed (docs/adr/0006).
 */

import type { Act, ActOutcome } from './acts.ts';
import type { Fence, FencedHost } from './ledger.ts';
import type { Eviction } from './model.ts';
import type { Address, CommandResult, InstanceId, Target } from './observation.ts';
import type { Policy } from './policy.ts';

/** Who could be asked to fence, and who leads. */
export interface Peers {
  /** Members of the core without the victim, oldest first. */
  readonly hosts: readonly InstanceId[];
  /** The victim leads: all of its peers list it first. */
  readonly isMaster: boolean;
  /** Whom all of them list first, if it is one of them; else `null`, and also when they do not agree. */
  readonly master: InstanceId | null;
  /** Peers whose host runs nothing for us. */
  readonly deaf: readonly InstanceId[];
  /** Whom they list besides, and who cannot be asked: sick, unseen, or of another group. */
  readonly strangers: readonly Address[];
}

/** Why it cannot be begun; `null` when it can. */
export const whyNotFence = (peers: Peers): string | null => {
  const { hosts, isMaster, master, deaf, strangers } = peers;
  if (hosts.length === 0) return 'there is no peer to ask';
  if (!isMaster && master === null) return 'its peers do not agree who leads them';
  if (isMaster && strangers.length > 0) {
    return `it leads, and ${strangers.join(', ')} would go on following it`;
  }
  const needed = neededOf(peers);
  const without = needed.filter((id) => deaf.includes(id));
  return without.length === 0
    ? null
    : `${without.join(', ')} must refuse it, and nothing can be run there`;
};

/** Whose refusal makes the others drop it. */
const neededOf = ({ hosts, isMaster, master }: Peers): readonly InstanceId[] =>
  isMaster || master === null ? hosts : [master];

/**
 * The master first; a master's fence on all at once.
 * @param isGone its instance is: nobody can be wronged, so all are asked at once. Measured: a newcomer that the ghost's peers
 * have let in waits for a connection to it, with its users' calls, until its own host refuses the address
 */
export const beginFence = (
  policy: Policy,
  { fence, instanceId, address }: Eviction,
  peers: Peers,
  { nowMs, isGone }: { readonly nowMs: number; readonly isGone: boolean },
): Fence => {
  const needed = neededOf(peers);
  const others = peers.hosts.filter((id) => !needed.includes(id) && !peers.deaf.includes(id));
  const asked = isGone ? [...needed, ...others] : needed;
  const hosts = asked.map((id) => ask(id, 'fence', nowMs));
  const { isMaster } = peers;
  return { fence, instanceId, address, isMaster, untilMs: nowMs + policy.fenceMs, hosts };
};

/** Those whose refusal counts in one order, the others in another: SSM refuses an order as a whole for one host that it lacks. */
export const ordersOf = ({ hosts, isMaster }: Fence): readonly (readonly InstanceId[])[] => {
  const ids = hosts.map(({ instanceId }) => instanceId);
  return isMaster ? ordersTo(ids) : [ids.slice(0, 1), ...ordersTo(ids.slice(1))];
};

/** SSM takes an order for so many hosts. */
const ORDER_HOSTS_MAX = 50;

const ordersTo = (ids: readonly InstanceId[]): readonly (readonly InstanceId[])[] =>
  Array.from({ length: Math.ceil(ids.length / ORDER_HOSTS_MAX) }, (_, n) =>
    ids.slice(n * ORDER_HOSTS_MAX, (n + 1) * ORDER_HOSTS_MAX),
  );

const ask = (
  instanceId: InstanceId,
  wanted: FencedHost['wanted'],
  askedAtMs: number,
): FencedHost => ({ instanceId, wanted, status: 'asked', askedAtMs, commandId: null, detail: '' });

/** Takes in what the hosts said. */
const hearHosts = (fence: Fence, results: readonly CommandResult[]): Fence => ({
  ...fence,
  hosts: fence.hosts.map((host) => {
    const result = results.find(
      ({ commandId, instanceId }) => commandId === host.commandId && instanceId === host.instanceId,
    );
    if (host.status !== 'asked' || result === undefined) return host;
    if (result.status === 'succeeded') return { ...host, status: 'done', detail: result.detail };
    return result.status === 'failed' ? { ...host, status: 'failed', detail: result.detail } : host;
  }),
});

/** Takes in what became of a call that asked some of them. One whose answer is not known is asked again. */
export const hearCall = (
  fence: Fence,
  { kind, outcome, commandId, detail, fence: number, hosts }: ActOutcome,
): Fence => ({
  ...fence,
  hosts: fence.hosts.map((host) => {
    const isMeant =
      fence.fence === number && host.wanted === kind && hosts.includes(host.instanceId);
    if (!isMeant || host.status !== 'asked') return host;
    return outcome === 'failed' ? { ...host, status: 'failed', detail } : { ...host, commandId };
  }),
});

/** As far as it can be said: `holds` on every host that must, on some of them only, on none, or still open. */
export const stateOfFence = ({ hosts, isMaster }: Fence): 'open' | 'holds' | 'half' | 'failed' => {
  const needed = isMaster ? hosts : hosts.slice(0, 1);
  if (needed.some(({ wanted }) => wanted === 'lift')) return 'failed';
  if (needed.every(({ status }) => status === 'done')) return 'holds';
  if (needed.some(({ status }) => status === 'asked')) return 'open';
  return needed.some(({ status }) => status === 'done') ? 'half' : 'failed';
};

/** Somebody has dropped the master and claims the lead: whoever is left must follow, there is no way back. */
export const isHalf = ({ isMaster, hosts }: Fence): boolean =>
  isMaster &&
  hosts.some(({ wanted, status }) => wanted === 'fence' && status === 'done') &&
  hosts.some(({ wanted, status }) => wanted === 'fence' && status !== 'done');

/** Once the master refuses the victim, the others are asked too: one of them may lead tomorrow. */
const widened = (fence: Fence, peers: readonly InstanceId[]): Fence => {
  if (fence.isMaster || stateOfFence(fence) !== 'holds') return fence;
  const more = peers.filter((id) => fence.hosts.every(({ instanceId }) => instanceId !== id));
  return { ...fence, hosts: [...fence.hosts, ...more.map((id) => ask(id, 'fence', 0))] };
};

/** All of it is to be undone, also where nobody knows whether it was done; not where AWS never took the order. */
export const undo = (fence: Fence): Fence => ({
  ...fence,
  hosts: fence.hosts
    .filter(
      ({ wanted, status, commandId }) =>
        wanted === 'lift' || status !== 'failed' || commandId !== null,
    )
    .map((host) => (host.wanted === 'lift' ? host : ask(host.instanceId, 'lift', 0))),
});

/** A host that did not answer is asked again after this long: SSM dispatches and reports in 3 s. */
const ASK_AGAIN_MS = 5_000;
/** A call without an answer, or one that was throttled. */
const ASK_LOST_MS = 1_000;
/** Renewed when this much of its time is left: several tries fit. */
const RENEW_SHARE = 0.5;
/** An order to a host is worth nothing after this: the next one is on its way. */
const ORDER_MS = 10_000;
/** Clocks of hosts may be off by this much when they let go by themselves. */
const EXPIRY_MARGIN_MS = 10_000;

export interface Kept {
  readonly fence: Fence;
  readonly acts: readonly Act[];
}

/**
 * What is next for one fence, whatever the eviction does: ask those that have not answered, renew it while the victim may
 * live, lift it as soon as it must not stand any more.
 *
 * @param wanted whether it is still needed
 * @param peers members of the core whose hosts can be asked
 * @param held nobody may be asked to fence now; letting go is always right
 * @param present instances that are there: a host that is gone has let go
 * @returns `null` once nothing is left of it
 */
export const keepFence = (
  policy: Policy,
  asked: Fence,
  {
    wanted,
    held,
    peers,
    present,
    nowMs,
    seats,
    results,
  }: {
    readonly wanted: boolean;
    readonly held: boolean;
    readonly peers: readonly InstanceId[];
    readonly present: readonly InstanceId[];
    readonly nowMs: number;
    readonly seats: number;
    readonly results: readonly CommandResult[];
  },
): Kept | null => {
  const before = hearHosts(asked, results);
  const isLifting = !wanted || before.hosts.some((host) => host.wanted === 'lift');
  const wide = held ? before : widened(renewed(policy, before, nowMs), peers);
  const due = isLifting ? undo(before) : wide;
  const hosts = due.hosts.filter(({ instanceId }) => present.includes(instanceId));
  const open = hosts.filter(({ status }) => status !== 'done');
  if (nowMs >= due.untilMs + EXPIRY_MARGIN_MS || (isLifting && open.length === 0)) return null;
  // A host that refused to fence is asked again only where others have done it already.
  const isWorthwhile = ({ status }: FencedHost): boolean => status === 'asked' || isHalf(due);
  const asking = open.filter(
    (host) => (isLifting || (isWorthwhile(host) && !held)) && isDue(host, nowMs),
  );
  const fence = {
    ...due,
    hosts: hosts.map((host) =>
      asking.includes(host) ? ask(host.instanceId, host.wanted, nowMs) : host,
    ),
  };
  const ids = asking.map(({ instanceId }) => instanceId);
  // One by one: SSM refuses an order as a whole when one of its hosts is gone.
  const acts = isLifting
    ? ids.map((id) => liftAct(fence, id, nowMs, seats))
    : ordersTo(ids).map((few) => fenceAct(fence, few, nowMs, seats));
  return { fence, acts };
};

const isDue = ({ status, commandId, askedAtMs }: FencedHost, nowMs: number): boolean => {
  const isLost = status === 'asked' && commandId === null;
  return nowMs - askedAtMs >= (isLost ? ASK_LOST_MS : ASK_AGAIN_MS);
};

const renewed = (policy: Policy, fence: Fence, nowMs: number): Fence =>
  fence.untilMs - nowMs > policy.fenceMs * RENEW_SHARE
    ? fence
    : {
        ...fence,
        untilMs: nowMs + policy.fenceMs,
        hosts: fence.hosts.map((host) =>
          host.status === 'failed'
            ? host
            : { ...ask(host.instanceId, 'fence', nowMs), askedAtMs: 0 },
        ),
      };

const victimOf = ({ instanceId, address }: Fence): Target => ({ instanceId, address });

export const fenceAct = (
  fence: Fence,
  hosts: readonly InstanceId[],
  nowMs: number,
  seats: number,
): Act => ({
  kind: 'fence',
  target: victimOf(fence),
  hosts,
  fence: fence.fence,
  notAfterMs: nowMs + ORDER_MS,
  untilMs: fence.untilMs,
  seats,
});

const liftAct = (fence: Fence, host: InstanceId, nowMs: number, seats: number): Act => ({
  kind: 'lift',
  target: victimOf(fence),
  hosts: [host],
  fence: fence.fence,
  notAfterMs: nowMs + ORDER_MS,
  seats,
});
