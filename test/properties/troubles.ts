/** What may go wrong in a story, and how such stories are drawn. Numbers of nodes count those in service at that moment. */
import fc from 'fast-check';
import type { Act } from '../../src/core/acts.ts';
import { T0 } from '../core/world.ts';

export type Fault =
  /** Silent for a while, then as before: a long collection. */
  | { readonly kind: 'pause'; readonly lastsMs: number }
  | { readonly kind: 'hang' }
  /** Closes connections; answers `goodIn10` of ten probes. */
  | { readonly kind: 'zombie'; readonly goodIn10: number }
  | { readonly kind: 'kill' }
  | { readonly kind: 'hostGone' }
  /** The member's process ends and comes back. */
  | { readonly kind: 'restart'; readonly bootMs: number };

export type Trouble =
  | { readonly at: number; readonly what: 'node'; readonly node: number; readonly fault: Fault }
  | { readonly at: number; readonly what: 'scaleIn'; readonly node: number }
  | { readonly at: number; readonly what: 'console'; readonly node: number }
  | { readonly at: number; readonly what: 'torn'; readonly node: number; readonly lastsMs: number }
  | {
      readonly at: number;
      readonly what: 'lossy';
      readonly observer: string;
      readonly node: number;
      readonly as: 'vanished' | 'hung' | 'zombie';
      readonly lastsMs: number;
    }
  | {
      readonly at: number;
      readonly what: 'blind';
      readonly observer: string;
      readonly lastsMs: number;
    }
  | { readonly at: number; readonly what: 'inventoryError' | 'stale'; readonly lastsMs: number }
  | { readonly at: number; readonly what: 'leftOut'; readonly node: number }
  /** The load balancer's check fails on healthy nodes while somebody is bad. */
  | { readonly at: number; readonly what: 'symptoms'; readonly nodes: readonly number[] }
  | {
      readonly at: number;
      readonly what: 'answer';
      readonly act: Act['kind'];
      readonly as: Answer;
      readonly times: number;
    }
  | { readonly at: number; readonly what: 'die'; readonly when: 'commit' | 'act' | 'settle' }
  | { readonly at: number; readonly what: 'slow'; readonly lastsMs: number }
  | { readonly at: number; readonly what: 'pause'; readonly lastsMs: number };

/** How a mutating call ends although nothing is wrong with the world. */
export type Answer = 'deferred' | 'lost' | 'failed';

const at = fc.integer({ min: 20, max: 240 }).map((s) => T0 + s * 1_000 + 137);
const node = fc.nat(4);
const seconds = (max: number) => fc.integer({ min: 1, max }).map((s) => s * 1_000);
const is = <const T>(...values: readonly [T, ...T[]]) => fc.constantFrom(...values);

/** What ends only with an eviction. */
export const lastingFault: fc.Arbitrary<Fault> = fc.oneof(
  is({ kind: 'hang' }, { kind: 'kill' }, { kind: 'hostGone' }),
  is(0, 1, 3, 4).map((goodIn10): Fault => ({ kind: 'zombie', goodIn10 })),
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 2, arbitrary: lastingFault },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 500, max: 14_000 })
      .map((lastsMs): Fault => ({ kind: 'pause', lastsMs })),
  },
  is(3_000, 8_000).map((bootMs): Fault => ({ kind: 'restart', bootMs })),
);

/** Troubles of the controller and its senses, none of which says anything about a node. */
export const ownTrouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ at, what: is('torn'), node, lastsMs: seconds(8) }),
  fc.record({ at, what: is('blind'), observer: is('probe-a', 'probe-b'), lastsMs: seconds(5) }),
  fc.record({ at, what: is('inventoryError', 'stale', 'slow'), lastsMs: seconds(8) }),
  fc.record({ at, what: is('leftOut'), node }),
  fc.record({ at, what: is('symptoms'), nodes: fc.array(node, { maxLength: 5 }) }),
  fc.record({
    at,
    what: is('answer'),
    act: is('deregister', 'kill', 'replace', 'register', 'terminate'),
    as: is('deferred', 'lost'),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ at, what: is('die'), when: is('commit', 'act', 'settle') }),
);

/** Everything, also what must keep the controller from acting. */
export const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: ownTrouble },
  { weight: 2, arbitrary: fc.record({ at, what: is('node'), node, fault }) },
  fc.record({ at, what: is('scaleIn', 'console'), node }),
  fc.record({
    at,
    what: is('lossy'),
    // One of them only: a node that nobody can talk to is as good as sick.
    observer: is('probe-b'),
    node,
    as: is('vanished', 'hung', 'zombie'),
    lastsMs: seconds(60),
  }),
  fc.record({ at, what: is('blind'), observer: is('probe-a', 'probe-b'), lastsMs: seconds(60) }),
  fc.record({ at, what: is('answer'), act: is('kill', 'replace'), as: is('failed'), times: is(1) }),
  fc.record({ at, what: is('pause'), lastsMs: seconds(60) }),
);

export const faultOf = fc.record({ at, what: is('node'), node, fault: lastingFault });

/** A fleet that has been well for an hour, and when the controller first looks at it. */
export const fleet = fc.record({
  nodes: is(3, 4, 5),
  bootMs: is(5_000, 30_000, 150_000),
  seed: fc.nat(),
  startAtMs: is(T0, T0, T0 + 90_000),
});
