/** A failover from its beginning to its end; what happens in between is in moving.ts and rebuilding.ts. */
import type { Act, MoveAct } from './acts.ts';
import { hastyOf, restore, withChange, withStale } from './changed.ts';
import { isCarried } from './courier.ts';
import type { Diagnosed } from './diagnose.ts';
import { doubted, withEnd } from './ending.ts';
import { holding, type Planned, type Tick, watching } from './evicting.ts';
import type { Failover, FailoverPhase } from './failover-ledger.ts';
import { sizeOf, type Way, wayOut } from './failover-path.ts';
import { holdsAnyAct } from './guard.ts';
import type { Hold, State } from './model.ts';
import type { Observation, TargetState } from './observation.ts';
import { partingSlowly } from './parting.ts';
import { inventoryOf } from './side.ts';
import { otherSide } from './sides.ts';

/** With one or two members a loss of the majority is any loss; only when nobody works is it clear enough. */
const SEATS_MIN = 3;

/** Since when there is no majority, beyond doubt; `null`: there may be one, or too few seats to tell a loss by. */
export const lostSinceMs = ({ diagnosed: { state, cluster } }: Tick): number | null =>
  cluster.condition === 'Down' || state.seats.length >= SEATS_MIN
    ? (state.loss?.sureSinceMs ?? null)
    : null;

/** The second kind of witness: of those who are gone, one is not there for AWS or the load balancer either. */
const isSeenByAws = (
  { state: { seats }, cluster: { core } }: Diagnosed,
  { inventory }: Observation,
): boolean =>
  inventory.ok &&
  seats.some(({ instanceId }) => {
    if (instanceId !== null && core.includes(instanceId)) return false;
    const instance = inventory.value.instances.find((each) => each.instanceId === instanceId);
    return (
      instance === undefined || instance.ec2State !== 'running' || SICK.includes(instance.target)
    );
  });

/** Whom the load balancer does not know, it says nothing of. */
const SICK: readonly TargetState[] = ['unhealthy', 'draining', 'unused'];

/** A standby that cannot be read is waited for this long: it may be one call that failed. */
const READ_AGAIN_MS = 30_000;

/** Begins by itself when there is no majority and evictions cannot bring it back; `null`: not now. */
export const planLoss = (tick: Tick): Planned | null => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const sinceMs = lostSinceMs(tick);
  if (sinceMs === null) return null;
  const confirmedAtMs = sinceMs + policy.confirmMs;
  const way = wayOut(policy, diagnosed, observation, 'loss');
  if (observation.nowMs < confirmedAtMs) {
    return holding(tick, state, [mayReturn(way, confirmedAtMs)]);
  }
  if (!isSeenByAws(diagnosed, observation)) return holding(tick, state, [UNSEEN]);
  if (way.path === 'repair') return null;
  const holds = [
    ...holdsAnyAct({ policy, observation, ...diagnosed }),
    ...holdsAgain(state, observation),
    ...(policy.failover === 'act' ? [] : [toldOnly(way)]),
  ];
  const isUnread = way.against.some(({ rail }) => rail === 'I2');
  const waits = isUnread && observation.nowMs < confirmedAtMs + READ_AGAIN_MS;
  if (holds.length > 0 || waits) return holding(tick, state, [...holds, ...way.against]);
  return begin(tick, way.path, { way, begunBy: 'loss', isPlanned: false, orderId: null });
};

/** Also when a failover begins by itself, what it is and costs is told before. */
const mayReturn = ({ path, expected }: Way, untilMs: number): Hold => ({
  rail: 'I2',
  instanceId: null,
  reason: `a majority that is lost may come back, else the way out is a ${path} (lost: ${expected})`,
  untilMs,
});

const UNSEEN: Hold = {
  rail: 'I2',
  instanceId: null,
  reason: 'the majority is lost for us alone: AWS and the load balancer see nobody gone',
  untilMs: null,
};

const toldOnly = ({ path, expected }: Way): Hold => ({
  rail: 'I5',
  instanceId: null,
  reason: `the fleets file says failover: tell, so a ${path} (lost: ${expected}) waits for quorate failover`,
  untilMs: null,
});

const holdsAgain = ({ failoverAfterMs }: State, { nowMs }: Observation): readonly Hold[] =>
  nowMs >= failoverAfterMs
    ? []
    : [
        {
          rail: 'I9',
          instanceId: null,
          reason: 'the last failover came to nothing',
          untilMs: failoverAfterMs,
        },
      ];

/** A number, a record, and what will have to be changed back; plan.ts goes on from there. */
export const begin = (
  tick: Tick,
  path: Failover['path'],
  { way, ...asked }: { readonly way: Way } & Pick<Failover, 'begunBy' | 'isPlanned' | 'orderId'>,
): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { state } = diagnosed;
  const { nowMs } = observation;
  const to = path === 'move' ? otherSide(state.active) : state.active;
  const bare: Failover = {
    fence: state.fence + 1,
    undoes: null,
    path,
    because: way.because,
    expected: way.expected,
    ...asked,
    from: state.active,
    to,
    size: sizeOf(diagnosed, observation),
    startedAtMs: nowMs,
    phase: path === 'move' ? 'launch' : 'replace',
    phaseSinceMs: nowMs,
    undoneFor: null,
    abortedFor: null,
    changed: [],
    courier: null,
    isolatedAtMs: 0,
    isSwitchAsked: false,
    side: null,
  };
  const still = [hastyOf(state, observation, bare.from)];
  if (path === 'move') {
    const standby = inventoryOf(state, observation, to);
    const { min, desired } = standby.ok ? standby.value : { min: 0, desired: 0 };
    still.push(hastyOf(state, observation, to));
    still.push({ what: 'size', side: to, min, desired });
    if (policy.verifyBy === 'balancer') still.push({ what: 'preview', side: to });
  }
  const failover = withChange(bare, still);
  const { inFlight } = state;
  const detail = 'a failover took over';
  const orders = withEnd(state.orders, inFlight?.orderId ?? null, {
    status: 'refused',
    detail,
    atMs: nowMs,
  });
  const left = leftOf(state);
  return watching(tick, { ...state, fence: failover.fence, failover, inFlight: left, orders });
};

export const turn = (
  tick: Tick,
  failover: Failover,
  phase: FailoverPhase,
  state: State = tick.diagnosed.state,
): Planned => {
  const phaseSinceMs = tick.observation.nowMs;
  // Nothing is waited for between two steps.
  return watching(
    { ...tick, nextCheckAtMs: phaseSinceMs },
    { ...state, failover: { ...failover, phase, phaseSinceMs } },
  );
};

export const turnBack = (tick: Tick, failover: Failover, undoneFor: string): Planned =>
  turn(tick, { ...failover, undoneFor, changed: withStale(failover, isCarried(failover)) }, 'undo');

export const carryOut = (
  tick: Tick,
  failover: Failover,
  acts: readonly Act[],
  reason: string,
): Planned => {
  const state = { ...tick.diagnosed.state, failover };
  if (acts.length === 0) return watching(tick, state);
  const { nextCheckAtMs } = tick;
  return {
    plan: { kind: 'act', acts, lastLook: false, reason: `failover: ${reason}`, nextCheckAtMs },
    state,
  };
};

/** What still has to be held still, over and over until the world shows it. */
export const keepStill = (
  { diagnosed: { state }, observation }: Tick,
  { changed }: Failover,
): readonly MoveAct[] =>
  changed.flatMap((entry): MoveAct[] => {
    if (entry.what !== 'processes') return [];
    const inventory = inventoryOf(state, observation, entry.side);
    const isStill =
      !inventory.ok || entry.processes.every((each) => inventory.value.suspended.includes(each));
    return isStill ? [] : [{ kind: 'suspend', side: entry.side, processes: entry.processes }];
  });

/** Everything that was changed is changed back, over and over until the world shows it; then it is over. */
export const planUndo = (tick: Tick, failover: Failover): Planned => {
  const { policy, diagnosed, observation } = tick;
  const { left, acts } = restore(failover, diagnosed.state, observation);
  if (left.length > 0) {
    const why = failover.undoneFor ?? 'it is over';
    const parting = partingSlowly(tick, failover, acts);
    const state = { ...diagnosed.state, resync: parting.resync };
    return carryOut(
      { ...tick, diagnosed: { ...diagnosed, state } },
      { ...failover, changed: left },
      parting.acts,
      `changes back what it changed, ${why}`,
    );
  }
  const { nowMs } = observation;
  const againMs = nowMs + policy.failoverBackoffMs;
  const isVain = failover.undoneFor !== null;
  const isUnwanted = failover.begunBy === 'loss' && failover.abortedFor !== null;
  const ended: State = {
    ...diagnosed.state,
    failover: null,
    // People may ask again at once. What came to nothing by itself is tried the other way, and then later; a rescue that a
    // person wants none of does not begin by itself for a while. A planned move that is undone says nothing against a rescue.
    standbyAfterMs:
      isVain && failover.path === 'move' && failover.isStandbyFit !== true
        ? againMs
        : diagnosed.state.standbyAfterMs,
    failoverAfterMs:
      isVain && (failover.path === 'rebuild' || isUnwanted)
        ? againMs
        : diagnosed.state.failoverAfterMs,
    orders: withEnd(diagnosed.state.orders, failover.orderId, {
      status: isVain ? 'refused' : 'done',
      detail: isVain ? `undone: ${failover.undoneFor}` : 'done',
      atMs: nowMs,
    }),
  };
  return watching(tick, ended);
};

/** One thing at a time (I1): its fences are lifted, and whoever is out of the load balancer is judged anew afterwards. */
export const leftOf = ({ inFlight }: State): State['inFlight'] =>
  inFlight === null || inFlight.rungs.length === 0 ? null : doubted(inFlight);

/** One look to act, and one to see what came of it: a fleet that is looked at once a minute has those, too. */
const LOOKS_MIN = 2;

export const isLate = (
  { policy: { suspectTickEveryMs }, observation: { nowMs } }: Tick,
  { phaseSinceMs }: Failover,
  deadlineMs: number,
): boolean => nowMs - phaseSinceMs >= Math.max(deadlineMs, LOOKS_MIN * suspectTickEveryMs);
