/**
 * All probes of one node, within one deadline.
 *
 * Never `GET /hazelcast/health`: while one member is sick it hangs on every member, and would turn one
 * sick node into a total failure. Its part `cluster-safe` is asked only for, and is no verdict.
 */
import type { Fleet } from '../../config/fleet.ts';
import type { Address, Canary, Sight } from '../../core/observation.ts';
import type { Bounds } from './attempt.ts';
import type { CanaryBounds } from './canary.ts';
import { ask, type Question } from './http-probe.ts';
import { askHealth, askView } from './member.ts';
import { askMemory } from './memory/memory.ts';
import { askSafe } from './safe.ts';

/** A check that users' traffic depends on is small; one that is not still gets an answer: `tooLarge`. */
const APPLICATION_BYTES_MAX = 64 * 1024;

export const applicationQuestion = (path: string): Question<null> => ({
  method: 'GET',
  path,
  bodyBytesMax: APPLICATION_BYTES_MAX,
  isExpected: (status) => status >= 200 && status < 300,
  read: () => ({ answer: 'ok', value: null }),
});

export type Watched = Pick<Fleet, 'member' | 'application' | 'memory'>;

/** What is asked beyond the plain probes. */
export interface Extras {
  readonly canary: (bounds: CanaryBounds) => Promise<Canary>;
  readonly safety: boolean;
  /** Some of what it is asked may wait behind questions of ours. */
  readonly isClogged: boolean;
}

export const NO_EXTRAS: Extras = {
  canary: async () => await Promise.resolve({ answer: 'none', why: 'off' }),
  safety: false,
  isClogged: false,
};

/** Never rejects. A fleet without an application to call gives `ok` after 0 ms for it. */
export const sightOf = async (
  fleet: Watched,
  address: Address,
  bounds: Bounds,
  extras: Extras = NO_EXTRAS,
): Promise<Sight> => {
  const [member, application, memory] = await Promise.all([
    memberSight(fleet, address, bounds, extras),
    fleet.application === null
      ? { answer: 'ok' as const, value: null, tookMs: 0 }
      : ask(
          { address, port: fleet.application.port },
          bounds,
          applicationQuestion(fleet.application.path),
        ),
    fleet.memory === null ? null : askMemory(fleet.memory, address, bounds),
  ]);
  return { ...member, application, memory };
};

/** The health first; view and extras in what is left of the deadline. */
const memberSight = async (
  { member }: Watched,
  address: Address,
  bounds: Bounds,
  { canary, safety, isClogged }: Extras,
): Promise<Omit<Sight, 'application' | 'memory'>> => {
  const begunMs = performance.now();
  const endpoint = { address, port: member.port };
  const askOnce = async () => await askHealth(member.version, endpoint, bounds);
  const { tcp, health, view } = isClogged ? await firstGood(askOnce) : await askOnce();
  const deadlineMs = Math.max(1, bounds.deadlineMs - (performance.now() - begunMs));
  const left = { ...bounds, deadlineMs };
  const isAnswering = health.answer === 'ok';
  const [listed, told, safe] = await Promise.all([
    view ?? askView(member.version, endpoint, left),
    canary({ deadlineMs, isAnswering, isSilent: health.answer === 'silent' }),
    safety && isAnswering ? askSafe(member.version, endpoint, left) : null,
  ]);
  return { tcp, health, view: listed, canary: told, safe };
};

type Health = Awaited<ReturnType<typeof askHealth>>;

/** Two observers, and a process of each that hands over, have a read hanging in as many queues side by side (rest-canary.ts). */
const ATTEMPTS = 5;

/** Put several times at once; the first good answer counts, else what was heard last. */
const firstGood = async (askOnce: () => Promise<Health>): Promise<Health> => {
  const { promise, resolve } = Promise.withResolvers<Health>();
  let open = ATTEMPTS;
  const attempt = async (): Promise<void> => {
    const told = await askOnce();
    open -= 1;
    if (told.health.answer === 'ok' || open === 0) resolve(told);
  };
  for (let started = 0; started < ATTEMPTS; started += 1) void attempt();
  return await promise;
};
