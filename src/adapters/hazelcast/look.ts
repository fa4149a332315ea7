/** One round: every node of a request at once, and the observer's test of itself. */
import { isIPv4 } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Fleet } from '../../config/fleet.ts';
import type {
  Address,
  Crossing,
  InstanceId,
  Questions,
  Sight,
  Target,
} from '../../core/observation.ts';
import type { LookReply } from '../../observation-wire.ts';
import type { LookRequest } from '../../ports.ts';
import { attempt, type Bounds } from './attempt.ts';
import { networksOf } from './networks.ts';
import { type Extras, sightOf } from './sight.ts';
import { type Witnesses, witnessesOf } from './witnesses.ts';

/** Less than a network round trip with one retransmitted SYN makes no sense; more would outlast the tick. */
const DEADLINE_MS = { min: 100, max: 5_000 };
/**
 * Nodes at the same time; each has at most four sockets open, and up to 400 lines are kept for canaries:
 * of the 1,024 file descriptors that Lambda and most hosts allow. Fewer would make a round of a fleet that
 * hangs last several deadlines.
 */
const NODES_AT_ONCE = 125;
/** What an Application or Network Load Balancer listens on; a refusal proves the network as well. */
const BALANCER_PORTS = [80, 443];

/**
 * Networks, ports and paths are the fleet's, never the caller's. Never rejects.
 *
 * @param signal ends the round early; its reply is then of no use.
 */
export const look = async (
  fleet: Fleet,
  request: LookRequest,
  signal: AbortSignal,
): Promise<LookReply> => {
  const mayReach = networksOf(fleet);
  const nodes = request.nodes.filter(({ address }) => mayReach(address));
  const strangers = request.nodes.filter(({ address }) => isIPv4(address) && !mayReach(address));
  if (nodes.length === 0 && strangers.length > 0) return allRefused(fleet, strangers);
  const deadlineMs = clampDeadline(request.probeDeadlineMs);
  const selfTest = new AbortController();
  const bounds = { deadlineMs, signal };
  const stall = monitorEventLoopDelay({ resolution: 10 });
  stall.enable();
  const reached = reachesOne(request.balancerAddresses.filter(mayReach), {
    deadlineMs,
    signal: AbortSignal.any([signal, selfTest.signal]),
  });
  const { questions } = request;
  const witnesses = witnessesOf(fleet);
  const extrasOf = (target: Target): Extras => ({
    canary: async (limits) => await witnesses.canary(target, questions, limits),
    safety: questions.safety,
    isClogged: witnesses.isClogged(target),
  });
  const [sights, crossings] = await Promise.all([
    sightsOf(fleet, nodes, { ...bounds, extrasOf }),
    crossingsOf(witnesses, questions, { deadlineMs, mayReach }),
  ]);
  const answered = Object.values(sights).some((sight) => hasAnswered(fleet, sight));
  // An unreachable balancer must not slow down a round in which nodes answer.
  if (answered) selfTest.abort();
  const sighted = (await reached) || answered;
  stall.disable();
  const stalledMs = Math.round(stall.max / 1e6);
  if (stalledMs > deadlineMs / 2 && Object.values(sights).some(isSilent)) {
    return {
      failed: `it stood still for ${stalledMs} ms itself, so its time-outs say nothing about the nodes`,
    };
  }
  const probed = new Set(nodes);
  const refused = request.nodes.filter((node) => !probed.has(node));
  return { sighted, sights, crossings, refused: refused.map(({ instanceId }) => instanceId) };
};

/** The caller may choose the deadline, but not one that hangs or that nobody could keep. */
export const clampDeadline = (wantedMs: number): number =>
  Math.min(DEADLINE_MS.max, Math.max(DEADLINE_MS.min, wantedMs));

/** A mistake in the fleets file, which must not look like a cluster that is down. */
const allRefused = (fleet: Fleet, [first]: readonly Target[]): LookReply => ({
  failed: `every node is outside the networks of fleet ${fleet.name} (${fleet.networks[0]}), for example ${first?.address}`,
});

/** Workers share one list, so that hanging nodes hold up their own places only. The sights keep the order of the nodes. */
const sightsOf = async (
  fleet: Fleet,
  nodes: readonly Target[],
  { extrasOf, ...bounds }: Bounds & { readonly extrasOf: (target: Target) => Extras },
): Promise<Record<InstanceId, Sight>> => {
  const sights = new Map<InstanceId, Sight>();
  const waiting = nodes.values();
  const work = async (): Promise<void> => {
    for (const target of waiting) {
      if (bounds.signal.aborted) return;
      const sight = await sightOf(fleet, target.address, bounds, extrasOf(target));
      sights.set(target.instanceId, sight);
    }
  };
  await Promise.all(Array.from({ length: Math.min(NODES_AT_ONCE, nodes.length) }, work));
  const inOrder = nodes.flatMap(({ instanceId }): [InstanceId, Sight][] => {
    const sight = sights.get(instanceId);
    return sight === undefined ? [] : [[instanceId, sight]];
  });
  return Object.fromEntries(inOrder);
};

/** In the order in which they were asked for. Both ends have to be the fleet's. */
const crossingsOf = async (
  witnesses: Witnesses,
  questions: Questions,
  {
    deadlineMs,
    mayReach,
  }: { readonly deadlineMs: number; readonly mayReach: (address: Address) => boolean },
): Promise<readonly Crossing[]> =>
  await Promise.all(
    questions.crossings.map(async (pair) =>
      mayReach(pair.via.address) && mayReach(pair.to.address)
        ? await witnesses.crossing(pair, questions, deadlineMs)
        : { via: pair.via.instanceId, to: pair.to.instanceId, answer: 'none' as const },
    ),
  );

/** Resolves at the first answer of any address, or when all have failed. */
const reachesOne = async (addresses: readonly Address[], bounds: Bounds): Promise<boolean> => {
  const answers = addresses
    .flatMap((address) => BALANCER_PORTS.map((port) => ({ address, port })))
    .map(async (endpoint) => {
      const probe = await attempt<null>(endpoint, bounds, (socket, settle) => {
        socket.once('connect', () => settle({ answer: 'ok', value: null }));
      });
      if (probe.answer === 'silent') throw new Error('silent');
    });
  return await Promise.any(answers).then(
    () => true,
    () => false,
  );
};

/** A wrong answer, a refusal included, proves the way to the host. */
const hasAnswered = (fleet: Fleet, { tcp, health, application }: Sight): boolean =>
  [tcp, health, ...(fleet.application === null ? [] : [application])].some(
    ({ answer }) => answer !== 'silent',
  );

const isSilent = (sight: Sight): boolean =>
  [sight.health, sight.view, sight.application].some(({ answer }) => answer === 'silent');
