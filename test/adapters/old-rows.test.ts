/** Rows that an earlier version wrote: what it did not know yet has a meaning. */
import { expect, it } from 'vitest';
import { rowOf } from '../../src/adapters/state-row.ts';
import { stateWith } from '../contract/states.ts';

it('reads a move of a version that knew neither planned moves nor remembered aborts', () => {
  const { abortedFor: _, isPlanned: __, ...failover } = stateWith(9).failover!;
  const row = rowOf('api', {
    version: 1,
    state: JSON.stringify({ ...stateWith(9), failover }),
    leaseHolder: null,
    leaseUntilMs: null,
    watcherId: null,
    watcherSinceMs: null,
    pause: null,
    orders: null,
  });
  expect(row.state?.failover).toEqual({ ...failover, abortedFor: null, isPlanned: false });
});
