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
 *   the master  one of two others     after 120 s the fenced one throws the *healthy* other one out, for good
 *
 * So with a master for a victim it is all or nothing, and what does not succeed everywhere is undone everywhere.
 */
import type { Fence, FencedHost } from './ledger.ts';
import type { Act, ActOutcome, Eviction } from './model.ts';
import type { CommandResult, InstanceId, Target } from './observation.ts';
import type { Policy } from './policy.ts';

/** Who could be asked to fence, and who leads. */
export interface Peers {
  /** Members of the core without the victim, oldest first. */
  readonly hosts: readonly InstanceId[];
  /** The oldest member that any of them lists. */
  readonly master: 'victim' | InstanceId;
  /** Peers whose host runs nothing for us. */
  readonly deaf: readonly InstanceId[];
}

/** Why it cannot be begun; `null` when it can. */
export const whyNotFence = ({ hosts, master, deaf }: Peers): string | null => {
  if (hosts.length === 0) return 'there is no peer to ask';
  const needed = master === 'victim' ? hosts : [master];
  const without = needed.filter((id) => deaf.includes(id) || !hosts.includes(id));
  return without.length === 0
    ? null
    : `${without.join(', ')} must refuse the victim, and nothing can be run there`;
};

/** The master first; a master's fence on all at once. */
export const beginFence = (
  policy: Policy,
  { fence, instanceId, address }: Eviction,
  peers: Peers,
  nowMs: number,
): Fence => ({
  fence,
  instanceId,
  address,
  isMaster: peers.master === 'victim',
  untilMs: nowMs + policy.fenceMs,
  hosts: (peers.master === 'victim' ? peers.hosts : [peers.master]).map((id) =>
    ask(id, 'fence', nowMs),
  ),
});

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
  { kind, outcome, commandId, detail }: ActOutcome,
): Fence => ({
  ...fence,
  hosts: fence.hosts.map((host) => {
    if (host.wanted !== kind || host.status !== 'asked' || host.commandId !== null) return host;
    return outcome === 'failed' ? { ...host, status: 'failed', detail } : { ...host, commandId };
  }),
});

/** As far as it can be said: `holds` on every host that must, `failed` on one of them, or still open. */
export const stateOfFence = ({ hosts, isMaster }: Fence): 'open' | 'holds' | 'failed' => {
  const needed = isMaster ? hosts : hosts.slice(0, 1);
  if (needed.some(({ status, wanted }) => status === 'failed' || wanted === 'lift'))
    return 'failed';
  return needed.every(({ status }) => status === 'done') ? 'holds' : 'open';
};

/** Once the master refuses the victim, the others are asked too: one of them may lead tomorrow. */
export const widen = (fence: Fence, { hosts, deaf }: Peers, nowMs: number): Fence | null => {
  if (fence.isMaster || stateOfFence(fence) !== 'holds') return null;
  const more = hosts.filter(
    (id) => !deaf.includes(id) && fence.hosts.every(({ instanceId }) => instanceId !== id),
  );
  return more.length === 0
    ? null
    : { ...fence, hosts: [...fence.hosts, ...more.map((id) => ask(id, 'fence', nowMs))] };
};

/** All of it is to be undone, also where nobody knows whether it was done. */
export const undo = (fence: Fence, nowMs: number): Fence => ({
  ...fence,
  hosts: fence.hosts.map((host) =>
    host.wanted === 'lift' ? host : { ...ask(host.instanceId, 'lift', nowMs), askedAtMs: 0 },
  ),
});

/** A host that did not answer is asked again after this long: SSM dispatches and reports in 3 s. */
const ASK_AGAIN_MS = 5_000;
/** Renewed when this much of its time is left: several tries fit. */
const RENEW_SHARE = 0.5;
/** An order to a host is worth nothing after this: the next one is on its way. */
const ORDER_MS = 10_000;
/** Clocks of hosts may be off by this much when they let go by themselves. */
const EXPIRY_MARGIN_MS = 10_000;

export interface Kept {
  readonly fence: Fence;
  readonly act: Act | null;
}

/**
 * What is next for one fence, whatever the eviction does: ask those that have not answered, renew it while the victim may
 * live, lift it as soon as it must not stand any more.
 *
 * @param wanted whether it is still needed
 * @param present instances that are there: a host that is gone has let go
 * @returns `null` once nothing is left of it
 */
export const keepFence = (
  policy: Policy,
  asked: Fence,
  {
    wanted,
    present,
    nowMs,
    seats,
    results,
  }: {
    readonly wanted: boolean;
    readonly present: readonly InstanceId[];
    readonly nowMs: number;
    readonly seats: number;
    readonly results: readonly CommandResult[];
  },
): Kept | null => {
  const before = hearHosts(asked, results);
  const isLifting = !wanted || before.hosts.some((host) => host.wanted === 'lift');
  const due = isLifting ? undo(before, nowMs) : renewed(policy, before, nowMs);
  const hosts = due.hosts.filter(({ instanceId }) => present.includes(instanceId));
  const open = hosts.filter(({ status }) => status !== 'done');
  if (nowMs >= due.untilMs + EXPIRY_MARGIN_MS || (isLifting && open.length === 0)) return null;
  // A host that refused to fence is not asked again: the ladder sees it, and undoes all of it.
  const asking = open.filter(
    ({ status, askedAtMs }) =>
      (isLifting || status === 'asked') && nowMs - askedAtMs >= ASK_AGAIN_MS,
  );
  const fence = {
    ...due,
    hosts: hosts.map((host) =>
      asking.includes(host) ? ask(host.instanceId, host.wanted, nowMs) : host,
    ),
  };
  const ids = asking.map(({ instanceId }) => instanceId);
  if (ids.length === 0) return { fence, act: null };
  return {
    fence,
    act: isLifting ? liftAct(fence, ids, nowMs, seats) : fenceAct(fence, ids, nowMs, seats),
  };
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

const liftAct = (
  fence: Fence,
  hosts: readonly InstanceId[],
  nowMs: number,
  seats: number,
): Act => ({
  kind: 'lift',
  target: victimOf(fence),
  hosts,
  fence: fence.fence,
  notAfterMs: nowMs + ORDER_MS,
  seats,
});
