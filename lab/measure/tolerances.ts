/** How long a member may misbehave before it is touched, as users are told it: the lab must not read the controller's own. */
import type { ScenarioResult } from './result.ts';

/** By profile, for silence and for a wrong answer, in ms. */
const TOLERANCES_MS: Readonly<
  Record<ScenarioResult['profile'], Readonly<Record<'silence' | 'fault', number>>>
> = {
  careful: { silence: 30_000, fault: 15_000 },
  balanced: { silence: 10_000, fault: 5_000 },
  eager: { silence: 4_000, fault: 3_000 },
};

/**
 * `goalMs`: what a cure is measured against; `patienceMs`: nobody may be touched earlier. Where chance decides on the
 * evidence, the goal is that of silence and the patience that of a wrong answer; what AWS itself says counts like a wrong
 * answer, and needs no patience.
 */
export const tolerancesOf = (
  profile: ScenarioResult['profile'],
  evidence: 'silence' | 'fault' | 'either' | 'notice',
): { readonly goalMs: number; readonly patienceMs: number } => {
  const { silence, fault } = TOLERANCES_MS[profile];
  switch (evidence) {
    case 'silence':
      return { goalMs: silence, patienceMs: silence };
    case 'fault':
      return { goalMs: fault, patienceMs: fault };
    case 'either':
      return { goalMs: silence, patienceMs: fault };
    case 'notice':
      return { goalMs: fault, patienceMs: 0 };
  }
};
