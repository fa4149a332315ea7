/** What a step of the ladder looks at, and what it comes to. */

import type { Act } from './acts.ts';
import type { Peers } from './fence.ts';
import type { Fence } from './ledger.ts';
import type { Eviction } from './model.ts';
import type { CommandStatus, Instance } from './observation.ts';
import type { Policy } from './policy.ts';

/** What the world shows of the victim. */
export interface Sign {
  /** Whether any core member lists it; `null` when there is no core to ask. */
  readonly listed: boolean | null;
  /** Whether any of them listed it in the last round: one round is no proof yet. */
  readonly listedLast: boolean;
  /** `null` when the inventory left it out, perhaps by mistake. */
  readonly instance: Instance | null;
  /** EC2 has terminated it, or it has been left out for good. */
  readonly isGone: boolean;
  /** What its host says of the order to kill. */
  readonly command: CommandStatus | null;
  /** Nothing can be run on its host. */
  readonly hostSilent: boolean;
  readonly peers: Peers;
  /** What its peers were asked; `null`: nothing. */
  readonly fence: Fence | null;
  readonly seats: number;
  readonly nowMs: number;
}

export interface Climb {
  readonly kind: 'climb';
  readonly eviction: Eviction;
  readonly fence: Fence | null;
  readonly acts: readonly Act[];
  readonly lastLook: boolean;
  readonly reason: string;
}

export type Step =
  | Climb
  | {
      readonly kind: 'wait';
      readonly eviction: Eviction;
      readonly fence: Fence | null;
      readonly reason: string;
    };

export const wait = (eviction: Eviction, { fence }: Sign, reason: string): Step => ({
  kind: 'wait',
  eviction,
  fence,
  reason,
});

/** Whom AWS is terminating, whom peers shut out, or whom a person wants out cannot be let back in, whatever a look says. */
export const needsLook = (
  policy: Policy,
  { confirmedAtMs, begunBy }: Eviction,
  { instance, fence, nowMs }: Sign,
): boolean =>
  begunBy === 'tolerance' &&
  fence === null &&
  !isGoing(instance) &&
  nowMs - (confirmedAtMs ?? 0) > policy.killDeadlineMs + policy.lateAfterMs;

export const isGoing = (instance: Instance | null): boolean =>
  instance?.ec2State === 'shutting-down' || instance?.lifecycle.startsWith('Terminat') === true;
