/** A single look at a scene by somebody who remembers `state`. */
import type { State } from '../../src/core/model.ts';
import type { Policy } from '../../src/core/policy.ts';
import { INITIAL_STATE, step } from '../../src/core/step.ts';
import type { Look } from '../../src/look-once.ts';
import { observationAt, POLICY, quorate, type Scene, T0 } from '../core/world.ts';

interface LookParts {
  readonly state?: State | null;
  readonly policy?: Policy;
  readonly lease?: Look['row']['lease'];
  readonly nowMs?: number;
}

export const lookAt = (scene: Scene, parts: LookParts = {}): Look => {
  const { policy = POLICY, nowMs = T0 + 1_000 } = parts;
  const state = parts.state === undefined ? quorate() : parts.state;
  const lease = parts.lease === undefined ? { holder: 'one', untilMs: nowMs + 9_000 } : parts.lease;
  const before = state ?? INITIAL_STATE;
  const observation = observationAt(nowMs, scene);
  const { pause, orders } = observation;
  const row = { version: 7, state, lease, watcher: null, pause, orders };
  const stepped = step(policy, before, observation);
  return { fleet: 'api', policy, row, before, observation, stepped };
};
