/** `status`: what the last tick knew. The row alone, so it can be told while everything else is down. */
import type { State } from '../core/model.ts';
import { isLive } from '../lease.ts';
import type { Row } from '../ports.ts';
import { muteCaveat } from './caveats.ts';
import { type OrderStory, ordersOf } from './orders.ts';
import { type Verdict, verdictOfCluster } from './verdict.ts';

/** Each minute an invocation starts and watches for two: after this long, at least two were lost. */
const STALE_AFTER_MS = 150_000;

export interface Status {
  readonly fleet: string;
  readonly nowMs: number;
  /** `null`: the fleet has not been watched yet. */
  readonly state: State | null;
  readonly pause: Row['pause'];
  readonly lease: Row['lease'];
  readonly orders: readonly OrderStory[];
}

export const statusOf = (fleet: string, row: Row, nowMs: number): Status => {
  const { state, pause, lease } = row;
  return {
    fleet,
    nowMs,
    state,
    // A pause that ran out, and a lease that somebody else could take, are over.
    pause: pause?.untilMs != null && pause.untilMs <= nowMs ? null : pause,
    lease: isLive(lease, nowMs) ? lease : null,
    orders: ordersOf(fleet, row).orders,
  };
};

export const isStale = ({ state, nowMs }: Pick<Status, 'state' | 'nowMs'>): boolean =>
  state === null || nowMs - state.lastTickMs > STALE_AFTER_MS;

/** What stays to be done is not fine, whatever the members say. */
export const statusVerdict = (told: Status): Verdict => {
  if (told.state === null || isStale(told)) return 'unknown';
  const { cluster, inFlight, retirement, failover } = told.state;
  const verdict = verdictOfCluster(cluster);
  return verdict === 'fine' && (inFlight ?? retirement ?? failover) !== null
    ? 'unhealthy'
    : verdict;
};

/** What the last tick could not know. */
export const statusCaveats = ({ state }: Pick<Status, 'state'>): readonly string[] => {
  const mute = state === null ? null : muteCaveat(state);
  return mute === null ? [] : [mute];
};

/** For machines. */
export const statusReport = (told: Status) => {
  const { fleet, nowMs, state, pause, lease, orders } = told;
  return {
    fleet,
    verdict: statusVerdict(told),
    nowMs,
    lastTickMs: state?.lastTickMs ?? null,
    isStale: isStale(told),
    cluster: state === null ? null : { condition: state.cluster, sinceMs: state.clusterSinceMs },
    nodes: Object.entries(state?.nodes ?? {}).map(([instanceId, node]) => ({
      instanceId,
      address: node.address,
      condition: node.condition,
      sinceMs: node.conditionSinceMs,
    })),
    seats: state?.seats ?? [],
    inFlight: state?.inFlight ?? null,
    retirement: state?.retirement ?? null,
    active: state?.active ?? null,
    failover: state?.failover ?? null,
    vault: state?.vault ?? null,
    fences: state?.fences ?? [],
    orders,
    pause,
    lease,
    caveats: statusCaveats(told),
  };
};
