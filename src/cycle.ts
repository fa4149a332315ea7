/**
 * One tick: observe -> diagnose -> guard -> plan -> commit -> act -> report. The middle is pure
 * (core/step.ts); this file is the only place where effects are put in order.
 *
 * Nothing is done that was not committed before (I6), and what was committed is never done blindly:
 * lease, ownership and, for a fresh eviction, the victim itself are looked at once more.
 */

import type { Act, ActOutcome, Performed } from './core/acts.ts';
import { describeTick } from './core/describe.ts';
import { lastLook } from './core/last-look.ts';
import type { Hold, Outcome, Plan, Report, State } from './core/model.ts';
import type { Observation, Target } from './core/observation.ts';
import type { Policy } from './core/policy.ts';
import { lastQuestions } from './core/questions.ts';
import { settle } from './core/settle.ts';
import { type Stepped, step } from './core/step.ts';
import { StoreUnavailable } from './errors.ts';
import type { Eyes } from './eyes.ts';
import { isReleasing, type Refusal, readAgain, whyNot } from './last-moment.ts';
import { observe } from './observe.ts';
import type { Deps, Lease } from './ports.ts';

/** What the loop holds between ticks: the row as it was last read or written. */
export interface Held {
  readonly version: number;
  readonly state: State;
  readonly lease: Lease;
  /** When the row was last written by us. */
  readonly savedAtMs: number;
}

export interface TickContext {
  readonly fleet: string;
  readonly policy: Policy;
  readonly deps: Deps;
  readonly eyes: Eyes;
  /** When this tick was meant to begin. */
  readonly dueAtMs: number;
  readonly pause: Observation['pause'];
  readonly orders: Observation['orders'];
}

export interface Ticked {
  /** `null` after a lost race: the row must be loaded again. */
  readonly held: Held | null;
  readonly report: Report;
}

/** How long a lease lasts; a holder that died is replaced after this. */
export const LEASE_MS = 12_000;
/** The lease is renewed at least this often. */
const RENEW_MS = 5_000;
/** A call must be over this long before the lease ends. */
const LEASE_MARGIN_MS = 1_000;
/** One call of the store. A row is a few KB and takes 5-10 ms; who waits longer is better off holding. */
const STORE_DEADLINE_MS = 2_000;
/** One mutating call. AWS answers in well under a second; a lost reply is `unknown`, not waited for. */
const ACT_DEADLINE_MS = 3_000;

export const tick = async (context: TickContext, held: Held): Promise<Ticked> => {
  const { deps, policy } = context;
  const observation = await observe(context, held.state);
  const stepped = step(policy, held.state, observation);
  const committed = await commit(context, held, stepped);
  const report = (outcome: Outcome | null, state: State): Report =>
    reportOf(context, observation, { ...stepped, state }, { outcome, before: held.state });
  if (committed === null) {
    return {
      held: null,
      report: report(prevented('lease', 'somebody else wrote', true), held.state),
    };
  }
  if (stepped.plan.kind !== 'act') {
    return { held: committed, report: report(null, committed.state) };
  }
  const outcome = await act(context, held.state.inFlight === null, committed, stepped.plan);
  const settled = settle(policy, committed.state, outcome, deps.clock.nowMs());
  return {
    held: await saveOutcome(context, committed, settled),
    report: report(outcome, settled),
  };
};

/**
 * The same look and verdict when nothing can be committed: told, never acted on (I6).
 * @returns also the state with what was learnt, and without what was only planned
 */
export const tickWithoutStore = async (
  context: TickContext,
  before: State,
  reason: string,
): Promise<{ readonly report: Report; readonly state: State }> => {
  const observation = await observe(context, before);
  const stepped = step(context.policy, before, observation);
  const hold: Hold = { rail: 'I6', instanceId: null, reason, untilMs: null };
  const holds = stepped.plan.kind === 'hold' ? [...stepped.plan.holds, hold] : [hold];
  const { nextCheckAtMs } = stepped.plan;
  const state = stepped.learnt;
  const plan: Plan = { kind: 'hold', holds, nextCheckAtMs };
  const told = { outcome: null, before };
  return { report: reportOf(context, observation, { ...stepped, state, plan }, told), state };
};

/** Writes before acting, on change, and to renew the lease; otherwise memory is enough. */
const commit = async (
  context: TickContext,
  held: Held,
  { state, plan }: Stepped,
): Promise<Held | null> => {
  const nowMs = context.deps.clock.nowMs();
  const due = nowMs - held.savedAtMs >= RENEW_MS;
  if (plan.kind !== 'act' && !due && !isNews(held.state, state)) return { ...held, state };
  return await save(context, held, state);
};

/** Whether more changed than the time of the last tick. */
const isNews = (before: State, after: State): boolean =>
  JSON.stringify({ ...before, lastTickMs: 0 }) !== JSON.stringify({ ...after, lastTickMs: 0 });

const save = async (
  { fleet, deps }: TickContext,
  held: Held,
  state: State,
): Promise<Held | null> => {
  const nowMs = deps.clock.nowMs();
  const lease = { holder: held.lease.holder, untilMs: nowMs + LEASE_MS };
  const write = { expectedVersion: held.version, state, lease };
  const saved = await deps.store.save(fleet, write, AbortSignal.timeout(STORE_DEADLINE_MS));
  return saved === 'conflict' ? null : { version: saved.version, state, lease, savedAtMs: nowMs };
};

/**
 * What was done must be remembered even when a pause or a successor wrote meanwhile: while the lease
 * is ours nobody else has decided anything, so our state goes on top of theirs. If the store fails,
 * memory keeps it, and the next commit writes it.
 */
const saveOutcome = async (
  context: TickContext,
  held: Held,
  state: State,
): Promise<Held | null> => {
  try {
    const saved = await save(context, held, state);
    if (saved !== null) return saved;
    const row = await context.deps.store.load(
      context.fleet,
      AbortSignal.timeout(STORE_DEADLINE_MS),
    );
    if (row.lease?.holder !== held.lease.holder) return null;
    return await save(context, { ...held, version: row.version }, state);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return { ...held, state, savedAtMs: 0 };
  }
};

const prevented = (
  rail: Extract<Outcome, { kind: 'prevented' }>['rail'],
  reason: string,
  untouched: boolean,
): Outcome => ({ kind: 'prevented', rail, reason, untouched });

const act = async (
  context: TickContext,
  untouched: boolean,
  { lease, state }: Held,
  plan: Extract<Plan, { kind: 'act' }>,
): Promise<Outcome> => {
  const [first] = plan.acts;
  if (first === undefined) return { kind: 'acted', confirmed: false, outcomes: [] };
  const [fresh, look] = await Promise.all([
    readAgain(context, state, plan.acts),
    plan.lastLook && 'target' in first ? lookOnceMore(context, state, first.target) : 'fails',
  ]);
  if (look === 'works') {
    return { kind: 'stoodDown', reason: 'the last look found it working', untouched };
  }
  const no = look === 'unclear' ? UNCLEAR : whyNot(fresh, state, plan);
  if (no !== null && !plan.acts.some(isReleasing)) {
    return prevented(no.rail, no.reason, untouched);
  }
  if (leftMs(context, lease) <= 0) {
    return prevented('lease', 'the lease was about to end', untouched);
  }
  const outcomes = await perform(context, lease, state, { acts: plan.acts, no });
  context.eyes.acted();
  return { kind: 'acted', confirmed: plan.lastLook, outcomes };
};

const UNCLEAR = { rail: 'I2', reason: 'the last look was unclear' } as const;

const leftMs = ({ deps }: TickContext, { untilMs }: Lease): number =>
  untilMs - LEASE_MARGIN_MS - deps.clock.nowMs();

const lookOnceMore = async (
  context: TickContext,
  state: State,
  target: Target,
): Promise<ReturnType<typeof lastLook>> => {
  const { eyes, policy, deps } = context;
  const { inFlight } = state;
  const victim = { ...target, condition: inFlight?.condition ?? ('Unknown' as const) };
  const questions = lastQuestions(state, eyes.known(state.active), target, deps.clock.nowMs());
  const probeDeadlineMs = policy.lastLookDeadlineMs;
  const asked = { probeDeadlineMs, questions };
  const rounds = await eyes.look(context, state.active, [target], asked);
  return lastLook(state, victim, rounds);
};

/** What is to be done, and what AWS says against it. */
interface Due {
  readonly acts: readonly Act[];
  readonly no: Refusal | null;
}

/** One act after the other, each with one attempt that ends before the lease does. */
const perform = async (
  context: TickContext,
  lease: Lease,
  { active }: State,
  { acts, no }: Due,
): Promise<readonly ActOutcome[]> => {
  const { actuator, clock } = context.deps;
  const outcomes: ActOutcome[] = [];
  for (const each of acts) {
    const ms = Math.min(leftMs(context, lease), ACT_DEADLINE_MS);
    const late = ms > 0 ? null : 'the lease was about to end';
    const why = no === null || isReleasing(each) ? late : `${no.rail}: ${no.reason}`;
    const performed =
      why === null
        ? await actuator.perform(each, active, AbortSignal.timeout(ms))
        : skippedFor(each, clock.nowMs(), why);
    const fence = 'fence' in each ? each.fence : null;
    outcomes.push({ ...performed, fence, hosts: 'hosts' in each ? each.hosts : [] });
  }
  return outcomes;
};

const skippedFor = ({ kind }: Act, nowMs: number, detail: string): Performed => ({
  kind,
  startedAtMs: nowMs,
  finishedAtMs: nowMs,
  outcome: 'deferred',
  detail,
  commandId: null,
});

const reportOf = (
  { fleet, policy, deps }: TickContext,
  observation: Observation,
  { state, nodes, cluster, changes, symptoms, plan }: Stepped,
  { outcome, before }: { readonly outcome: Outcome | null; readonly before: State },
): Report => {
  const nowMs = deps.clock.nowMs();
  const { inFlight } = state;
  const courier = observation.move?.courier;
  const carried = courier?.ok === true ? courier.value : null;
  return {
    fleet,
    atMs: observation.nowMs,
    tookMs: nowMs - observation.startedAtMs,
    mode: policy.mode,
    cluster,
    seats: state.seats.length,
    nodes,
    changes,
    symptoms,
    inFlightBefore: before.inFlight,
    inFlight,
    failoverBefore: before.failover,
    failover: state.failover,
    carried,
    vault: policy.vault === null ? null : state.vault,
    plan,
    outcome,
    sentence: describeTick({
      nowMs: observation.nowMs,
      inventory: observation.inventory,
      cluster,
      nodes,
      symptoms,
      inFlight,
      retirement: state.retirement,
      failover: state.failover,
      carried,
      plan,
      outcome,
    }),
  };
};
