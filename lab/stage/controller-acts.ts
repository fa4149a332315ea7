/** What the controller did to the world, read from the API journal: its own words play no part in it. */
import type { JournalEntry } from '../cloud/journal.ts';
import type { JournalAct } from '../measure/measure.ts';

/** The calls that change something, by the name that Quorate gives them. */
const KINDS: Readonly<Record<string, string>> = {
  DeregisterTargets: 'deregister',
  RegisterTargets: 'register',
  SendCommand: 'kill',
  TerminateInstanceInAutoScalingGroup: 'replace',
  TerminateInstances: 'terminate',
};

export const actsOf = (entries: readonly JournalEntry[]): readonly JournalAct[] =>
  entries
    .filter(({ who, action }) => who !== 'lab' && action in KINDS)
    .map(({ atMs, action, parameters, status, code }) => ({
      atMs,
      kind: KINDS[action] ?? action,
      target: /\bi-[0-9a-z]+/.exec(parameters)?.[0] ?? '?',
      outcome: code ?? (status === 200 ? 'done' : 'unknown'),
    }));
