/** What a scenario is: whom it strikes, how, and what is expected of a controller. */
import type { Faults } from '../faults.ts';
import type { Stage } from '../stage/stage.ts';

/** What an expectation looks at when the run is over. */
export interface Played {
  readonly stage: Stage;
  readonly victim: Victim;
  /** What the controller said from the fault on, a sentence a tick. */
  readonly sentences: readonly string[];
}

export interface Victim {
  readonly instanceId: string;
  readonly address: string;
}

export interface Scenario {
  readonly name: string;
  /** A headline. */
  readonly title: string;
  /** What happens and why it hurts, for somebody who has never seen it. */
  readonly story: string;
  /**
   * Which of the profile's tolerances counts for this kind of fault. `either`: what a probe meets is up to
   * chance; the goal is then that of silence, and nobody may be touched within that of a wrong answer.
   */
  readonly evidence: 'silence' | 'fault' | 'either';
  /** The fault alone takes the member out of the others' lists. */
  readonly removesItself: boolean;
  /** The oldest member is the master. */
  readonly strikes: 'member' | 'master';
  /** What else goes wrong, from before the fault on: the cloud, the hosts' agents, the controller itself. */
  readonly disturb?: (stage: Stage, victim: Victim) => Promise<void>;
  /** The fault is over before the tolerance is: a controller must leave the victim alone. */
  readonly mustSpare?: true;
  /** Hazelcast's heart-beat time-out where the story is about waiting for it; else the run's. */
  readonly heartbeatS?: number;
  /** Calls, as `service:Action`, that somebody may lack the right to; elsewhere a denied call fails the run. */
  readonly mayBeDenied?: readonly string[];
  /** What is expected of a controller beyond the cure. @returns what is wrong, in words; empty when all is well */
  readonly expect?: (played: Played) => readonly string[];
  /** Resolves when the fault is there. @returns since when, in ms since the epoch */
  readonly strike: (faults: Faults, victim: Victim) => Promise<number>;
}
