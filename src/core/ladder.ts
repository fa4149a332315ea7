/**
 * The eviction ladder as a state machine: which rung comes next, and what proves the last one.
 *
 *   last look -> deregister -> kill -> (gone from every list) -> replace -> (terminated) -> done
 *                               | refused, no agent, no proof in time
 *                               '---------------------------> replace -> terminate by force
 *
 * The last look is the only way back, and is good for as long as the kill may take: who climbs on later
 * than that (after a pause, a hand-over, a blind time) looks again first. A rung that was refused for
 * good, or has no proof by its deadline, makes way for the next one; one whose reply was lost or deferred
 * is tried again until then, which is safe: hosts accept a repeated fence number, and AWS a repeated
 * termination.
 */
import type { Act, ActOutcome, Eviction, Rung, RungName } from './model.ts';
import type { CommandStatus, Instance, Observation, Target } from './observation.ts';
import type { Policy } from './policy.ts';

/** What the world shows of the victim. */
export interface Sign {
  /** Whether any core member lists it; `null` when there is no core to ask. */
  readonly listed: boolean | null;
  /** `null` when the inventory left it out, perhaps by mistake. */
  readonly instance: Instance | null;
  readonly command: CommandStatus | null;
  readonly nowMs: number;
}

type Climb = Extract<Step, { kind: 'climb' }>;

export type Step =
  | {
      readonly kind: 'climb';
      readonly eviction: Eviction;
      readonly acts: readonly Act[];
      readonly lastLook: boolean;
      readonly reason: string;
    }
  | { readonly kind: 'wait'; readonly eviction: Eviction; readonly reason: string };

export const targetOf = ({ instanceId, address }: Eviction): Target => ({ instanceId, address });

export const rungOf = (eviction: Eviction, name: RungName): Rung | undefined =>
  eviction.rungs.find(({ rung }) => rung === name);

/** The first two rungs, taken together once the last look has confirmed the verdict. */
export const firstRungs = (policy: Policy, eviction: Eviction, nowMs: number): Climb => {
  const opened = open(
    open(eviction, 'deregister', nowMs, nowMs),
    'kill',
    nowMs,
    nowMs + policy.killDeadlineMs,
  );
  return {
    kind: 'climb',
    eviction: opened,
    acts: firstActs(opened),
    lastLook: true,
    reason: 'evict',
  };
};

const firstActs = (eviction: Eviction): readonly Extract<Act, { kind: RungName }>[] => [
  { kind: 'deregister', target: targetOf(eviction) },
  killAct(eviction),
];

/** One step of an eviction whose last look is behind it. */
export const climb = (policy: Policy, before: Eviction, sign: Sign): Step => {
  const eviction = withProof(withCommand(before, sign), sign);
  if (sign.instance === null) return { kind: 'wait', eviction, reason: 'is its instance gone?' };
  const terminate = rungOf(eviction, 'terminate');
  if (terminate !== undefined) return pursue(policy, eviction, terminate, sign);
  const replace = rungOf(eviction, 'replace');
  if (replace !== undefined) {
    const overdue = sign.nowMs >= replace.deadlineMs || replace.outcome === 'failed';
    return overdue
      ? start(policy, eviction, 'terminate', sign)
      : pursue(policy, eviction, replace, sign);
  }
  const kill = rungOf(eviction, 'kill');
  const over = kill === undefined || kill.outcome === 'failed' || sign.nowMs >= kill.deadlineMs;
  if (eviction.evictedAtMs !== null || over) return start(policy, eviction, 'replace', sign);
  return askAgain(policy, eviction, kill, sign);
};

/**
 * First rungs without an answer are asked for again, the kill for as long as it was given at first. One
 * that SSM takes only now has its whole time from now on: dispatching alone takes seconds.
 */
const askAgain = (policy: Policy, before: Eviction, kill: Rung, { nowMs }: Sign): Step => {
  const lost = isLost(kill) && nowMs < kill.startedAtMs + policy.killDeadlineMs;
  const eviction = lost ? withDeadline(before, 'kill', nowMs + policy.killDeadlineMs) : before;
  const acts = firstActs(eviction).filter(({ kind }) =>
    kind === 'kill' ? lost : isLost(rungOf(eviction, kind)),
  );
  return acts.length > 0
    ? { kind: 'climb', eviction, acts, lastLook: false, reason: 'ask again' }
    : { kind: 'wait', eviction, reason: 'waits until the core no longer lists it' };
};

/** Its instance is gone, whoever did it. */
export const terminated = (eviction: Eviction): Eviction =>
  settleRung(eviction, rungOf(eviction, 'terminate') ? 'terminate' : 'replace', 'done', 'gone');

/** No answer was recorded: the call may or may not have happened, and is safe to repeat. */
const isLost = (rung: Rung | undefined): boolean => rung?.outcome === 'unknown';

/** Records what a call answered. */
export const record = (
  eviction: Eviction,
  { kind, outcome, detail, commandId }: ActOutcome,
): Eviction => ({
  ...eviction,
  rungs: eviction.rungs.map((rung) =>
    rung.rung === kind
      ? { ...rung, ...outcomeOf(kind, outcome), detail, commandId: commandId ?? rung.commandId }
      : rung,
  ),
});

/** An accepted kill or termination is not done before the world shows it. */
const outcomeOf = (kind: Act['kind'], outcome: ActOutcome['outcome']): Pick<Rung, 'outcome'> => {
  if (outcome === 'deferred') return { outcome: 'unknown' };
  return { outcome: outcome === 'done' && kind !== 'deregister' ? 'pending' : outcome };
};

const killAct = (eviction: Eviction): Extract<Act, { kind: 'kill' }> => ({
  kind: 'kill',
  target: targetOf(eviction),
  fence: eviction.fence,
  notAfterMs: rungOf(eviction, 'kill')?.deadlineMs ?? eviction.startedAtMs,
  startedBeforeMs: eviction.failingSinceMs,
});

const open = (
  eviction: Eviction,
  rung: RungName,
  startedAtMs: number,
  deadlineMs: number,
): Eviction => ({
  ...eviction,
  rungs: [
    ...eviction.rungs.filter((each) => each.rung !== rung),
    { rung, startedAtMs, deadlineMs, outcome: 'unknown', detail: '', commandId: null },
  ],
});

const start = (
  policy: Policy,
  eviction: Eviction,
  rung: 'replace' | 'terminate',
  sign: Sign,
): Step => {
  const { nowMs } = sign;
  const deadlineMs = nowMs + deadlineOf(policy, eviction, rung);
  return {
    kind: 'climb',
    eviction: open(eviction, rung, nowMs, deadlineMs),
    acts: [terminating(rung, eviction)],
    lastLook: needsLook(policy, eviction, sign),
    reason: rung === 'replace' ? replaceReason(eviction) : 'it is still there',
  };
};

const terminating = (kind: 'replace' | 'terminate', eviction: Eviction): Act =>
  kind === 'replace'
    ? { kind, target: targetOf(eviction), shrink: false }
    : { kind, target: targetOf(eviction) };

/** A victim that AWS is terminating already cannot be let back in, whatever a look says. */
const needsLook = (
  policy: Policy,
  { confirmedAtMs }: Eviction,
  { instance, nowMs }: Sign,
): boolean =>
  !isGoing(instance) && nowMs - (confirmedAtMs ?? 0) > policy.killDeadlineMs + policy.lateAfterMs;

const replaceReason = (eviction: Eviction): string => {
  if (eviction.evictedAtMs !== null) return 'it is out of the cluster';
  const kill = rungOf(eviction, 'kill');
  return `the core lists it still, and the kill gave no proof (${kill?.detail || 'no answer in time'})`;
};

const deadlineOf = (policy: Policy, eviction: Eviction, rung: 'replace' | 'terminate'): number => {
  if (rung === 'terminate') return policy.terminateDeadlineMs;
  return eviction.evictedAtMs === null
    ? policy.replaceUnprovenDeadlineMs
    : policy.replaceDeadlineMs;
};

/** A termination under way: wait for it, or ask again when the answer was lost or deferred. */
const pursue = (policy: Policy, eviction: Eviction, rung: Rung, sign: Sign): Step => {
  if (rung.rung === 'terminate' && sign.nowMs >= rung.deadlineMs) {
    return start(policy, eviction, 'terminate', sign);
  }
  if (isLost(rung) && !isGoing(sign.instance)) {
    const kind = rung.rung === 'terminate' ? 'terminate' : 'replace';
    const lastLook = needsLook(policy, eviction, sign);
    const reason = `ask again to ${kind}`;
    return { kind: 'climb', eviction, acts: [terminating(kind, eviction)], lastLook, reason };
  }
  return { kind: 'wait', eviction, reason: 'waits until its instance is terminated' };
};

const isGoing = (instance: Instance | null): boolean =>
  instance?.ec2State === 'shutting-down' || instance?.lifecycle.startsWith('Terminat') === true;

const withCommand = (eviction: Eviction, { command }: Sign): Eviction => {
  if (command === null || command.status === 'pending' || command.status === 'unknown')
    return eviction;
  return settleRung(
    eviction,
    'kill',
    command.status === 'succeeded' ? 'done' : 'failed',
    command.detail,
  );
};

const withProof = (eviction: Eviction, { listed, nowMs }: Sign): Eviction =>
  listed === false && eviction.evictedAtMs === null
    ? { ...eviction, evictedAtMs: nowMs }
    : eviction;

const withDeadline = (eviction: Eviction, name: RungName, deadlineMs: number): Eviction => ({
  ...eviction,
  rungs: eviction.rungs.map((rung) => (rung.rung === name ? { ...rung, deadlineMs } : rung)),
});

const settleRung = (
  eviction: Eviction,
  name: RungName,
  outcome: Rung['outcome'],
  detail: string,
): Eviction => ({
  ...eviction,
  rungs: eviction.rungs.map((rung) => (rung.rung === name ? { ...rung, outcome, detail } : rung)),
});

/** What the host says of the kill; `null` when there is none, or SSM said nothing. */
const commandOf = (eviction: Eviction, { commands }: Observation): CommandStatus | null => {
  const commandId = commandInFlight(eviction);
  return commands.find((each) => each.commandId === commandId) ?? null;
};

/** For `Observation`-driven callers: the command whose status is wanted this tick. */
export const commandInFlight = (eviction: Eviction | null): string | null => {
  const kill = eviction === null ? undefined : rungOf(eviction, 'kill');
  return kill?.outcome === 'pending' ? kill.commandId : null;
};

export const signOf = (
  eviction: Eviction,
  observation: Observation,
  listed: boolean | null,
): Sign => ({
  listed,
  instance: observation.inventory.ok
    ? (observation.inventory.value.instances.find(
        (each) => each.instanceId === eviction.instanceId,
      ) ?? null)
    : null,
  command: commandOf(eviction, observation),
  nowMs: observation.nowMs,
});
