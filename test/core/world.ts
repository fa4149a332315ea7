/** Literal observations for tests of the core: a small cluster, told node by node. */

import type { Act } from '../../src/core/acts.ts';
import type { Plan, State } from '../../src/core/model.ts';
import type {
  CommandResult,
  CommandStatus,
  Instance,
  InstanceId,
  Inventory,
  MemberHealth,
  Observation,
  Probe,
  Round,
  Sight,
  View,
} from '../../src/core/observation.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/core/policy.ts';
import { INITIAL_STATE, type Stepped, step } from '../../src/core/step.ts';

export const T0 = 1_800_000_000_000;
export const POLICY: Policy = { ...DEFAULT_POLICY, mode: 'act' };
/** Evictions alone: what follows a lost majority has tests of its own (test/failover). */
export const EVICTIONS_ONLY: Policy = { ...POLICY, confirmMs: 1e12 };

/** Node `n` is instance `i-n` at `10.0.0.n`. */
export const idOf = (n: number): string => `i-${n}`;
export const addressOf = (n: number): string => `10.0.0.${n}`;

export const OK_HEALTH: Probe<MemberHealth> = {
  answer: 'ok',
  value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 3 },
  tookMs: 2,
};
export const NO_ANSWER = { answer: 'silent', cause: 'answerTimeout', tookMs: 1000 } as const;
export const NO_CONNECTION = { answer: 'silent', cause: 'connectTimeout', tookMs: 1000 } as const;
export const CLOSED = { answer: 'wrong', cause: 'closed', detail: '', tookMs: 300 } as const;
export const REFUSED = { answer: 'wrong', cause: 'refused', detail: '', tookMs: 1 } as const;
const CONNECTS = { answer: 'ok', value: null, tookMs: 1 } as const;
/** What the plain probes do not tell. */
const NO_MORE = { canary: { answer: 'none', why: 'off' }, memory: null, safe: null } as const;

/** A command's fate on a host, as SSM tells it. */
export const result = (n: number, commandId: string, status: CommandStatus): CommandResult => ({
  commandId,
  instanceId: idOf(n),
  ...status,
});

export const viewOf = (...members: number[]): Probe<View> => ({
  answer: 'ok',
  value: { members: members.map((n) => ({ address: addressOf(n), uuid: `uuid-${n}` })) },
  tookMs: 3,
});

export const works = (...lists: number[]): Sight => ({
  tcp: CONNECTS,
  health: OK_HEALTH,
  view: viewOf(...lists),
  application: CONNECTS,
  ...NO_MORE,
});
export const hung: Sight = {
  ...NO_MORE,
  tcp: CONNECTS,
  health: NO_ANSWER,
  view: NO_ANSWER,
  application: NO_ANSWER,
};
export const zombie: Sight = {
  ...NO_MORE,
  tcp: CONNECTS,
  health: CLOSED,
  view: CLOSED,
  application: CLOSED,
};
export const killed: Sight = {
  ...NO_MORE,
  tcp: REFUSED,
  health: REFUSED,
  view: REFUSED,
  application: REFUSED,
};
export const vanished: Sight = {
  ...NO_MORE,
  tcp: NO_CONNECTION,
  health: NO_CONNECTION,
  view: NO_CONNECTION,
  application: NO_CONNECTION,
};

export const instance = (n: number, more: Partial<Instance> = {}): Instance => ({
  instanceId: idOf(n),
  address: addressOf(n),
  zone: 'abc'[n % 3] ?? 'a',
  ec2State: 'running',
  lifecycle: 'InService',
  launchedAtMs: T0 - 3_600_000,
  tagged: true,
  target: 'healthy',
  agentOnline: true,
  impairments: [],
  ...more,
});

export const inventoryOf = (
  instances: readonly Instance[],
  more: Partial<Inventory> = {},
): Inventory => ({
  readAtMs: T0,
  groupTagged: true,
  desired: instances.length,
  max: instances.length * 2,
  min: instances.length,
  suspended: [],
  otherActors: [],
  departed: [],
  instances,
  balancerAddresses: ['10.0.0.250'],
  ...more,
});

export const round = (observer: string, sights: Readonly<Record<number, Sight>>): Round => ({
  observer,
  sighted: true,
  sights: Object.fromEntries(Object.entries(sights).map(([n, sight]) => [`i-${n}`, sight])),
  crossings: [],
});

export interface Scene {
  readonly sights: Readonly<Record<number, Sight>>;
  /** Node numbers that differ from a plain running instance. */
  readonly instances?: readonly Instance[];
  readonly inventory?: Partial<Inventory>;
  readonly more?: Partial<Observation>;
}

/** A tick that took no time, seen alike by two observers. */
export const observationAt = (
  nowMs: number,
  { sights, instances, inventory, more }: Scene,
): Observation => ({
  dueAtMs: nowMs,
  startedAtMs: nowMs,
  nowMs,
  inventory: {
    ok: true,
    value: inventoryOf(instances ?? Object.keys(sights).map((n) => instance(Number(n))), {
      readAtMs: nowMs,
      ...inventory,
    }),
  },
  rounds: [round('probe-a', sights), round('probe-b', sights)],
  commands: [],
  pause: null,
  orders: [],
  move: null,
  vault: null,
  ...more,
});

/** Whom an act is about; `null`: a side. */
export const instanceOf = (act: Act): InstanceId | null =>
  'target' in act ? act.target.instanceId : null;

/** What a plan does, in order. */
export const actsOf = (plan: Plan | undefined): string[] =>
  plan?.kind === 'act' ? plan.acts.map(({ kind }) => kind) : [];

/** Steps through scenes; each lasts from its time on, with one tick a second until `untilMs`. */
export const play = (
  scenes: readonly { readonly fromMs: number; readonly scene: Scene }[],
  untilMs: number,
  {
    policy = POLICY,
    state = INITIAL_STATE,
    everyMs = 1_000,
  }: { policy?: Policy; state?: State; everyMs?: number } = {},
): readonly (Stepped & { nowMs: number })[] => {
  const steps: (Stepped & { nowMs: number })[] = [];
  let current = state;
  for (let nowMs = scenes[0]?.fromMs ?? T0; nowMs <= untilMs; nowMs += everyMs) {
    const { scene } = scenes.findLast(({ fromMs }) => fromMs <= nowMs) ?? scenes[0]!;
    const stepped = step(policy, current, observationAt(nowMs, scene));
    current = stepped.state;
    steps.push({ ...stepped, nowMs });
  }
  return steps;
};

export const HEALTHY_THREE: Scene = {
  sights: { 1: works(1, 2, 3), 2: works(1, 2, 3), 3: works(1, 2, 3) },
};

/** A state in which three members have been healthy and established for a while, last seen at `T0`. */
export const quorate = (): State => {
  const steps = play([{ fromMs: T0 - 20_000, scene: HEALTHY_THREE }], T0);
  return steps.at(-1)!.state;
};

export const withVictim = (victim: Sight, lists: readonly number[] = [1, 2, 3]): Scene => ({
  sights: { 1: works(...lists), 2: works(...lists), 3: victim },
});

/** Plays a fault of node 3 that begins at T0 + 1 s, and gives the first act. */
export const firstAct = (scene: Scene, untilMs = T0 + 40_000, policy = POLICY) =>
  play([{ fromMs: T0 + 1_000, scene }], untilMs, { state: quorate(), policy }).find(
    ({ plan }) => plan.kind === 'act',
  );
