/** Reports of ticks, as the cycle makes them. */
import type { Failover } from '../../src/core/failover-ledger.ts';
import type { Eviction, Report } from '../../src/core/model.ts';

export const QUIET: Report = {
  fleet: 'shop',
  atMs: 1_795_000_000_000,
  tookMs: 40,
  mode: 'act',
  cluster: { condition: 'Quorate', because: 'all seats are held', core: ['i-a', 'i-b', 'i-c'] },
  seats: 3,
  nodes: ['i-a', 'i-b', 'i-c'].map((instanceId, index) => ({
    instanceId,
    address: `10.0.${index + 1}.4`,
    condition: 'Healthy',
    suspicion: null,
    because: 'works and is listed',
    hostSilent: false,
  })),
  changes: [],
  symptoms: [],
  inFlightBefore: null,
  inFlight: null,
  failoverBefore: null,
  failover: null,
  carried: null,
  vault: null,
  plan: { kind: 'watch', nextCheckAtMs: 1_795_000_002_500 },
  outcome: null,
  sentence: 'All 3 members work.',
};

const VICTIM = { instanceId: 'i-c', address: '10.0.3.4' };

export const EVICTION: Eviction = {
  ...VICTIM,
  fence: 7,
  condition: 'Zombie',
  failingSinceMs: QUIET.atMs - 10_000,
  startedAtMs: QUIET.atMs,
  confirmedAtMs: QUIET.atMs + 100,
  evictedAtMs: null,
  begunBy: 'tolerance',
  orderId: null,
  rungs: [],
};

/** The tick that decides an eviction and takes its first two steps. */
export const STARTING: Report = {
  ...QUIET,
  cluster: { condition: 'Degraded', because: 'i-c is a zombie', core: ['i-a', 'i-b'] },
  nodes: QUIET.nodes.map((node) =>
    node.instanceId === 'i-c'
      ? {
          ...node,
          condition: 'Zombie',
          because: 'does not answer',
          suspicion: {
            evidence: 'silence',
            sinceMs: QUIET.atMs - 10_000,
            ripeAtMs: QUIET.atMs,
            cause: 'does not answer',
          },
        }
      : node,
  ),
  changes: [
    { instanceId: 'i-c', from: 'Healthy', to: 'Zombie', because: 'does not answer' },
    { instanceId: null, from: 'Quorate', to: 'Degraded', because: 'i-c is a zombie' },
  ],
  inFlight: EVICTION,
  plan: {
    kind: 'act',
    lastLook: true,
    reason: 'i-c has not answered for 10 s',
    nextCheckAtMs: QUIET.atMs + 1_000,
    acts: [
      { kind: 'deregister', target: VICTIM },
      {
        kind: 'kill',
        target: VICTIM,
        fence: 7,
        notAfterMs: QUIET.atMs + 6_000,
        startedBeforeMs: QUIET.atMs - 10_000,
      },
    ],
  },
  outcome: {
    kind: 'acted',
    confirmed: true,
    outcomes: [
      {
        kind: 'deregister',
        startedAtMs: 1,
        finishedAtMs: 2,
        outcome: 'skipped',
        detail: 'the last target that serves',
        commandId: null,
        fence: null,
        hosts: [],
      },
      {
        kind: 'kill',
        startedAtMs: 2,
        finishedAtMs: 3,
        outcome: 'done',
        detail: 'SSM took the kill',
        commandId: 'c-1',
        fence: 7,
        hosts: [],
      },
    ],
  },
};

/** `afterMs` later the core no longer lists the victim. */
export const provenAfter = (afterMs: number): Report => ({
  ...QUIET,
  atMs: QUIET.atMs + afterMs,
  inFlightBefore: EVICTION,
  inFlight: { ...EVICTION, evictedAtMs: QUIET.atMs + afterMs },
});

/** The tick that finds the instance terminated, in whichever invocation. */
export const ENDED: Report = { ...QUIET, atMs: QUIET.atMs + 90_000, inFlightBefore: EVICTION };

export const HELD: Report = {
  ...QUIET,
  plan: {
    kind: 'hold',
    nextCheckAtMs: QUIET.atMs + 1_000,
    holds: [
      { rail: 'I9', instanceId: 'i-c', reason: 'cooldown for another 20 s', untilMs: QUIET.atMs },
    ],
  },
};

export const FAILOVER: Failover = {
  fence: 9,
  path: 'move',
  because: 'two of three hang',
  expected: 'about 33 % of the sessions',
  begunBy: 'loss',
  orderId: null,
  from: 'blue',
  to: 'green',
  size: 3,
  startedAtMs: QUIET.atMs - 60_000,
  phase: 'launch',
  phaseSinceMs: QUIET.atMs,
  undoneFor: null,
  changed: [],
  courier: null,
  isolatedAtMs: 0,
  undoes: null,
  isSwitchAsked: false,
  isPlanned: false,
  abortedFor: null,
  side: null,
};
