/** An eviction's record of its rungs: opened, settled, and what each call answered. */
import type { Act, ActOutcome } from './acts.ts';
import type { Eviction, Rung, RungName } from './model.ts';
import type { Target } from './observation.ts';

export const targetOf = ({ instanceId, address }: Eviction): Target => ({ instanceId, address });

export const rungOf = (eviction: Eviction, name: RungName): Rung | undefined =>
  eviction.rungs.find(({ rung }) => rung === name);

/** Begins a rung, once more if need be. */
export const open = (
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

export const settleRung = (
  eviction: Eviction,
  name: RungName,
  outcome: Rung['outcome'],
  detail: string,
): Eviction => ({
  ...eviction,
  rungs: eviction.rungs.map((rung) => (rung.rung === name ? { ...rung, outcome, detail } : rung)),
});

export const withDeadline = (eviction: Eviction, name: RungName, deadlineMs: number): Eviction => ({
  ...eviction,
  rungs: eviction.rungs.map((rung) => (rung.rung === name ? { ...rung, deadlineMs } : rung)),
});

/** Its instance is gone, whoever did it. */
export const terminated = (eviction: Eviction): Eviction =>
  settleRung(eviction, rungOf(eviction, 'terminate') ? 'terminate' : 'replace', 'done', 'gone');

/** No answer was recorded: the call may or may not have happened, and is safe to repeat. */
export const isLost = (rung: Rung | undefined): boolean => rung?.outcome === 'unknown';

/** Records what a call answered. */
export const record = (
  eviction: Eviction,
  { kind, outcome, detail, commandId }: ActOutcome,
): Eviction => ({
  ...eviction,
  rungs: eviction.rungs.map((rung) =>
    rung.rung === kind && (rung.outcome === 'unknown' || rung.outcome === 'pending')
      ? { ...rung, ...outcomeOf(kind, outcome), detail, commandId: commandId ?? rung.commandId }
      : rung,
  ),
});

/** An accepted kill, fence or termination is not done before the world shows it. */
const outcomeOf = (kind: Act['kind'], outcome: ActOutcome['outcome']): Pick<Rung, 'outcome'> => {
  if (outcome === 'deferred') return { outcome: 'unknown' };
  // What a failed fence has changed somewhere must be undone first; the ladder sees to it.
  if (kind === 'fence') return { outcome: 'pending' };
  return { outcome: outcome === 'done' && kind !== 'deregister' ? 'pending' : outcome };
};

/** The command whose fate is wanted this tick. */
export const commandInFlight = (eviction: Eviction | null): string | null => {
  const kill = eviction === null ? undefined : rungOf(eviction, 'kill');
  return kill?.outcome === 'pending' ? kill.commandId : null;
};
