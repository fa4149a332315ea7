/**
 * The rails that hold an act back, each with its number (docs/ARCHITECTURE.md). Every rail is asked
 * every time and all answers are kept: "why did it not act" is answered in full, not by the first no.
 */
import { isLeaving } from './condition.ts';
import type { ClusterDiagnosis, Diagnosis, Hold, State } from './model.ts';
import type { InstanceId, Inventory, Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { majorityOf } from './quorum.ts';
import { isRepairable } from './repair.ts';
import { seconds } from './seconds.ts';

export interface Case {
  readonly policy: Policy;
  readonly observation: Observation;
  readonly state: State;
  readonly nodes: readonly Diagnosis[];
  readonly cluster: ClusterDiagnosis;
}

/** Rails for any act at all, whether a first step or the next one of an eviction in flight. */
export const holdsAnyAct = ({ policy, observation, cluster }: Case): readonly Hold[] => {
  const { pause, inventory, nowMs } = observation;
  const holds: Hold[] = [];
  const hold = (rail: Hold['rail'], reason: string, untilMs: number | null = null): void => {
    holds.push({ rail, instanceId: null, reason, untilMs });
  };
  if (!inventory.ok) hold('I2', `the inventory cannot be read: ${inventory.error}`);
  if (cluster.condition === 'Blind') hold('I2', `nobody sees the cluster: ${cluster.because}`);
  const lateMs = lateness(policy, observation);
  if (lateMs > policy.lateAfterMs) hold('I2', `this tick is ${seconds(lateMs)} late`, nowMs);
  if (policy.mode === 'shadow') hold('I5', 'the fleet is in shadow mode');
  if (isPaused(observation) && pause !== null) {
    hold('I5', `paused by ${pause.by}: ${pause.reason}`, pause.untilMs);
  }
  return holds;
};

/** Rails for starting to evict one node. */
export const holdsEviction = (kase: Case, instanceId: InstanceId): readonly Hold[] => [
  ...holdsAnyAct(kase),
  ...holdsUnknown(kase, instanceId),
  ...holdsQuorum(kase, instanceId),
  ...holdsResync(kase, instanceId),
  // Nobody is killed when a ghost is shut out.
  ...(kase.state.nodes[instanceId]?.condition === 'Ghost' ? [] : holdsBudget(kase, instanceId)),
  ...holdsOwnership(kase, instanceId),
];

/**
 * Rails for the next rung of an eviction in flight. A victim that is seen to fail, or that AWS is taking
 * out, takes nothing from the core any more; one that works again, or that nobody saw, may.
 */
export const holdsRung = (kase: Case, { instanceId, suspicion }: Diagnosis): readonly Hold[] => {
  const { inventory } = kase.observation;
  const isOut =
    suspicion !== null ||
    (inventory.ok &&
      inventory.value.instances.some((each) => each.instanceId === instanceId && isLeaving(each)));
  return [...holdsAnyAct(kase), ...(isOut ? [] : holdsQuorum(kase, instanceId))];
};

export const isPaused = ({ pause, nowMs }: Observation): boolean =>
  pause !== null && (pause.untilMs === null || nowMs < pause.untilMs);

/** A tick that began late, or whose own observing took too long, judges by old facts. */
const lateness = (policy: Policy, { dueAtMs, startedAtMs, nowMs }: Observation): number =>
  Math.max(startedAtMs - dueAtMs, nowMs - startedAtMs - OBSERVING_PROBES * policy.probeDeadlineMs);

/** Observing is one probe deadline plus the calls around it; three are generous. */
const OBSERVING_PROBES = 3;

/** I2 for a first step: with no majority at work, nobody can say who is the sick one. */
const holdsUnknown = ({ cluster }: Case, instanceId: InstanceId): readonly Hold[] => {
  if (!UNSURE.includes(cluster.condition)) return [];
  const reason = `the cluster is ${cluster.condition}: ${cluster.because}`;
  return [{ rail: 'I2', instanceId, reason, untilMs: null }];
};

const UNSURE: readonly ClusterDiagnosis['condition'][] = ['Unknown', 'Forming', 'Split'];

/**
 * I3: the core without the victim keeps a majority of the seats. Newcomers do not count, nor does a
 * member that failed a moment ago: what is sick may answer now and then, and a leak comes to all at once.
 * Where there is no majority to keep, whoever is out of a core that serves may be replaced: it takes nothing from it. Nor does,
 * anywhere, a newcomer that never came up: without it nobody would fill the place of one who is lacking.
 */
const holdsQuorum = (kase: Case, instanceId: InstanceId): readonly Hold[] => {
  const { policy, state, observation, cluster } = kase;
  const condition = state.nodes[instanceId]?.condition ?? 'Unknown';
  const isSeated = state.seats.some((seat) => seat.instanceId === instanceId);
  const isStillborn = condition === 'Dead' && !isSeated && cluster.core.length > 0;
  if (isStillborn || (OUT.includes(condition) && isRepairable(kase))) return [];
  const seats = state.seats.length;
  const needed = majorityOf(seats);
  const soundAtMs = state.seats
    .flatMap((seat) => seat.instanceId ?? [])
    .filter((id) => id !== instanceId && cluster.core.includes(id))
    .flatMap((id) => state.nodes[id]?.worksSinceMs ?? [])
    .map((sinceMs) => sinceMs + policy.faultToleranceMs)
    .sort((a, b) => a - b);
  const left = soundAtMs.filter((atMs) => observation.nowMs >= atMs).length;
  if (seats >= SEATS_MIN && left >= needed) return [];
  if (seats < SEATS_MIN) {
    const reason = `a cluster of ${seats} has no majority to keep; at least ${SEATS_MIN} are needed to evict one`;
    return [{ rail: 'I3', instanceId, reason, untilMs: null }];
  }
  const reason = `${left} sound members in ${seats} seats would be left, ${needed} are needed`;
  // When enough of them have worked for long enough, if nothing else happens.
  return [{ rail: 'I3', instanceId, reason, untilMs: soundAtMs[needed - 1] ?? null }];
};

/** I4: the copies that the last loss cost are not made again yet. It ends by time when mitigation is preferred. */
const holdsResync = (
  { policy, state: { resync, nodes }, observation: { nowMs } }: Case,
  instanceId: InstanceId,
): readonly Hold[] => {
  // Who is out of the core already holds nothing of it any more.
  if (resync === null || OUT.includes(nodes[instanceId]?.condition ?? 'Unknown')) return [];
  const untilMs = policy.prefer === 'data' ? null : resync.sinceMs + policy.safetyDeadlineMs;
  if (untilMs !== null && nowMs >= untilMs) return [];
  const reason = 'since the last loss the members have not made all copies again';
  return [{ rail: 'I4', instanceId, reason, untilMs }];
};

const OUT: readonly Diagnosis['condition'][] = ['Dead', 'Island', 'Ghost'];

/** I5: somebody else changes the group; a replacement of ours would get in the way, or never come. Killing may go on. */
export const holdsReplacement = (
  { observation: { inventory } }: Case,
  instanceId: InstanceId,
): readonly Hold[] =>
  inventory.ok
    ? inventory.value.otherActors.map(
        ({ detail }): Hold => ({
          rail: 'I5',
          instanceId,
          reason: `somebody else changes the group (${detail}): no replacement until that is over`,
          untilMs: null,
        }),
      )
    : [];

/** With one or two members every loss is a loss of quorum. */
const SEATS_MIN = 3;

/**
 * I9: a block ends by time. A seat's budget is about one newcomer after the other: taking up the
 * eviction of the same instance again is not a second kill in its seat.
 */
const holdsBudget = (
  { policy, state, observation }: Case,
  instanceId: InstanceId,
): readonly Hold[] => {
  const { nowMs } = observation;
  const seat = state.seats.find((each) => each.instanceId === instanceId)?.seat ?? null;
  const bySeat = state.kills.filter(
    (kill) => seat !== null && kill.seat === seat && kill.instanceId !== instanceId,
  );
  const limits = [
    {
      kills: bySeat,
      max: policy.seatKillsMax,
      windowMs: policy.seatBudgetWindowMs,
      of: `seat ${seat}`,
    },
    {
      kills: state.kills,
      max: policy.fleetKillsMax,
      windowMs: policy.fleetBudgetWindowMs,
      of: 'the fleet',
    },
    { kills: state.kills, max: 1, windowMs: policy.cooldownMs, of: 'the cooldown' },
  ];
  return limits.flatMap(({ kills, max, windowMs, of }): Hold[] => {
    const recent = kills
      .filter(({ atMs }) => nowMs - atMs < windowMs)
      .map(({ atMs }) => atMs)
      .sort((a, b) => a - b);
    if (recent.length < max) return [];
    const lastInWay = recent[recent.length - max];
    const untilMs = lastInWay === undefined ? null : lastInWay + windowMs;
    const reason = `${recent.length} in ${seconds(windowMs)} is the budget of ${of}`;
    return [{ rail: 'I9', instanceId, reason, untilMs }];
  });
};

/** I11 and I12: only what AWS says belongs to the fleet, under an address that is its own. */
const holdsOwnership = ({ state, observation }: Case, instanceId: InstanceId): readonly Hold[] => {
  const { inventory } = observation;
  if (!inventory.ok) return [];
  const node = state.nodes[instanceId];
  return node?.condition === 'Ghost'
    ? ghostProblems(inventory.value, { instanceId, ...node })
    : ownershipProblems(inventory.value, instanceId);
};

/** Its instance is gone from the group: what counts is what EC2 said of it while it was there. */
export const ghostProblems = (
  { groupTagged, instances }: Inventory,
  ghost: { readonly instanceId: InstanceId; readonly address: string; readonly tagged: boolean },
): readonly Hold[] => {
  const { instanceId, address } = ghost;
  const problems: [boolean, Hold['rail'], string][] = [
    [!groupTagged, 'I11', untagged('the group')],
    [!ghost.tagged, 'I11', untagged('the instance')],
    [
      instances.some((each) => each.address === address && each.instanceId !== instanceId),
      'I12',
      `its address ${address} has been given to another instance`,
    ],
  ];
  return problems
    .filter(([isSo]) => isSo)
    .map(([, rail, reason]) => ({ rail, instanceId, reason, untilMs: null }));
};

export const ownershipProblems = (
  inventory: Inventory,
  instanceId: InstanceId,
): readonly Hold[] => {
  const hold = (rail: Hold['rail'], reason: string): Hold => ({
    rail,
    instanceId,
    reason,
    untilMs: null,
  });
  const instance = inventory.instances.find((each) => each.instanceId === instanceId);
  if (instance === undefined) return [hold('I11', 'it is not in the group')];
  const holds: Hold[] = [];
  if (!inventory.groupTagged) holds.push(hold('I11', untagged('the group')));
  if (!instance.tagged) holds.push(hold('I11', untagged('the instance')));
  const namesakes = inventory.instances.filter(({ address }) => address === instance.address);
  if (namesakes.length > 1)
    holds.push(hold('I12', `its address ${instance.address} is not its own`));
  return holds;
};

/** What Quorate may not touch, told while there is nothing to do: an incident is too late to learn of it. */
export const notOptedIn = (inventory: Inventory): readonly string[] => {
  if (!inventory.groupTagged) return [untagged('the group')];
  return inventory.instances
    .filter((instance) => !instance.tagged && !isLeaving(instance))
    .map(({ instanceId }) => untagged(instanceId));
};

export const untagged = (what: string): string =>
  `${what} does not carry the tag quorate:fleet with the name of this fleet: tag it if Quorate may act on it`;
