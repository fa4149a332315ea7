import type { State } from '../../src/core/model.ts';

/** A state with something in every field, told apart by its fence number. */
export const stateWith = (fence: number): State => ({
  schema: 1,
  lastTickMs: 1_000 + fence,
  fence,
  nodes: {
    'i-0a': {
      address: '10.0.1.4',
      firstSeenMs: 1,
      hasWorked: true,
      worksSinceMs: null,
      failingSinceMs: 900,
      streaks: {
        'probe-a': { sinceMs: 900, faultSinceMs: null, reached: true, quietSinceMs: 940 },
      },
      listedSinceMs: 5,
      lastView: ['10.0.1.4', '10.0.2.4'],
      view: null,
      condition: 'Zombie',
      conditionSinceMs: 950,
      missingSinceMs: null,
    },
  },
  seats: [
    { seat: 0, instanceId: 'i-0a' },
    { seat: 1, instanceId: null },
  ],
  core: ['i-0b'],
  cluster: 'Degraded',
  clusterSinceMs: 950,
  inFlight: {
    fence,
    instanceId: 'i-0a',
    address: '10.0.1.4',
    condition: 'Zombie',
    failingSinceMs: 900,
    startedAtMs: 990,
    confirmedAtMs: 995,
    evictedAtMs: null,
    rungs: [
      {
        rung: 'kill',
        startedAtMs: 996,
        deadlineMs: 6_996,
        outcome: 'pending',
        detail: '"quoted", ünïcode\nand lines',
        commandId: 'c-1',
      },
    ],
  },
  kills: [{ atMs: 10, seat: null, instanceId: 'i-0c' }],
  orders: [
    {
      id: 'order-1',
      kind: 'evict',
      instanceId: 'i-0c',
      by: 'ünïcode',
      status: 'refused',
      detail: 'I3',
      atMs: 10,
    },
  ],
});
