/** An observer that is a Lambda function inside the VPC: asks it, waits no longer than a tick can, believes only what fits the question. */
import { once } from 'node:events';
import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from '@aws-sdk/client-lambda';
import type {
  InstanceId,
  Questions,
  Reading,
  Round,
  Sight,
  Target,
} from '../../core/observation.ts';
import {
  BALANCER_ADDRESSES_MAX,
  CROSSINGS_MAX,
  type LookReply,
  type ProberQuestion,
  readPreview,
  readReply,
  SLICE_NODES_MAX,
} from '../../observation-wire.ts';
import { parseJson } from '../../parse-json.ts';
import type { LookRequest, Observer } from '../../ports.ts';
import { printable } from '../../printable.ts';
import { slicesOf, within } from './call.ts';
import { failureOf, sentenceOf } from './failure.ts';

/**
 * What an answer may take beyond its probes. Warm, an invoke costs some tens of ms; 1.5 s more keeps the
 * whole look within one suspect tick and a half, and a prober that is later than that is better left out of
 * this tick's vote than waited for, because a late tick does not act (I2).
 */
const WARM_MARGIN_MS = 1_500;
/**
 * For the first call of this process only: the prober may start cold (about 0.5 s for a small bundle in a VPC,
 * seconds on a bad day) and nothing is suspect yet. A call that came too late has warmed it for the next.
 */
const COLD_MARGIN_MS = 3_000;
/** Lambda's own limit for a synchronous answer. 50 nodes that each list 1,000 members are 4 MB. */
const REPLY_BYTES_MAX = 6 * 1024 * 1024;

interface Prober {
  readonly client: LambdaClient;
  readonly functionName: string;
}

/**
 * @param functionName also the observer's name.
 * @param client with one attempt a call: a second one would only come after the deadline.
 */
export const lambdaObserver = (functionName: string, client: LambdaClient): Observer => {
  let isFirst = true;
  return {
    name: functionName,
    look: async (request, signal) => {
      const marginMs = isFirst ? COLD_MARGIN_MS : WARM_MARGIN_MS;
      isFirst = false;
      const deadline = within(request.probeDeadlineMs + marginMs, signal);
      const replies = await Promise.all(
        questionsOf(request).map(
          async (question) => await invoke({ client, functionName }, question, deadline),
        ),
      );
      return merge(functionName, replies);
    },
    preview: async (request, signal) => {
      const balancerAddresses = request.balancerAddresses.slice(0, BALANCER_ADDRESSES_MAX);
      const question = { preview: { ...request, balancerAddresses } };
      const deadline = within(request.deadlineMs + WARM_MARGIN_MS, signal);
      const answer = await answerOf({ client, functionName }, question, deadline);
      const reply = answer.ok ? readPreview(answer.value) : answer;
      return {
        observer: functionName,
        ...(reply.ok ? reply.value : { answer: 'silent', detail: reply.error }),
      };
    },
  };
};

/** At least one, so that a fleet without nodes still gets the observer's self-test. */
const questionsOf = (request: LookRequest): readonly LookRequest[] => {
  const slices = request.nodes.length === 0 ? [[]] : slicesOf(request.nodes, SLICE_NODES_MAX);
  return slices.map((nodes, index) => ({
    fleet: request.fleet,
    side: request.side,
    nodes: nodes.map(plain),
    balancerAddresses: request.balancerAddresses.slice(0, BALANCER_ADDRESSES_MAX),
    probeDeadlineMs: request.probeDeadlineMs,
    questions: questionsFor(request.questions, nodes, index === 0),
  }));
};

/** Each slice confirms its own nodes; peers are asked once. */
const questionsFor = (
  { turn, confirm, isLast, crossings, safety }: Questions,
  nodes: readonly Target[],
  isFirst: boolean,
): Questions => ({
  turn,
  confirm: Object.fromEntries(
    Object.entries(confirm).filter(([id]) => nodes.some(({ instanceId }) => instanceId === id)),
  ),
  isLast,
  crossings: isFirst
    ? crossings.slice(0, CROSSINGS_MAX).map(({ via, to }) => ({ via: plain(via), to: plain(to) }))
    : [],
  safety,
});

const plain = ({ instanceId, address }: Target): Target => ({ instanceId, address });

const invoke = async (
  prober: Prober,
  question: LookRequest,
  signal: AbortSignal,
): Promise<LookReply> => {
  const answer = await answerOf(prober, question, signal);
  if (!answer.ok) return { failed: answer.error };
  const reply = readReply(answer.value);
  return reply.ok
    ? onlyAsked(question, reply.value)
    : { failed: `its answer makes no sense: ${reply.error}` };
};

/** What it answered, unchecked, or why it gave no answer. */
const answerOf = async (
  { client, functionName }: Prober,
  question: ProberQuestion,
  abortSignal: AbortSignal,
): Promise<Reading<unknown>> => {
  const command = new InvokeCommand({
    FunctionName: functionName,
    Payload: new TextEncoder().encode(JSON.stringify(question)),
  });
  try {
    // The SDK watches the signal only while it talks to Lambda, not while it looks for credentials.
    const output = await Promise.race([client.send(command, { abortSignal }), end(abortSignal)]);
    return replyOf(output);
  } catch (error) {
    return { ok: false, error: sentenceOf('lambda:InvokeFunction', failureOf(error)) };
  }
};

const end = async (signal: AbortSignal): Promise<never> => {
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
  throw new Error('ended without a reason');
};

const replyOf = ({ FunctionError, Payload }: InvokeCommandOutput): Reading<unknown> => {
  if (Payload === undefined || Payload.length > REPLY_BYTES_MAX) {
    return { ok: false, error: `it answered with ${Payload?.length ?? 0} bytes` };
  }
  const text = new TextDecoder().decode(Payload);
  return FunctionError === undefined
    ? { ok: true, value: parseJson(text) }
    : { ok: false, error: `it failed (${printable(FunctionError)}): ${printable(text)}` };
};

/** A prober cannot bring in instances that nobody asked for; one that it leaves out is missing, not failed. */
const onlyAsked = ({ nodes, questions }: LookRequest, reply: LookReply): LookReply => {
  if ('failed' in reply) return reply;
  const sights = nodes.flatMap(({ instanceId }): [InstanceId, Sight][] => {
    const sight = reply.sights[instanceId];
    return sight === undefined ? [] : [[instanceId, sight]];
  });
  const crossings = reply.crossings.filter(({ via, to }) =>
    questions.crossings.some((each) => each.via.instanceId === via && each.to.instanceId === to),
  );
  return { ...reply, sights: Object.fromEntries(sights), crossings };
};

/** Each slice is asked from an environment of its own, so one that cannot see takes only its nodes out of the vote. */
const merge = (observer: string, replies: readonly LookReply[]): Round => {
  const rounds = replies.flatMap((reply) => ('failed' in reply ? [] : [reply]));
  const failures = replies.flatMap((reply) => ('failed' in reply ? [reply.failed] : []));
  if (rounds.length === 0) return { observer, failed: failures[0] ?? 'it was not asked' };
  const sighted = rounds.some((round) => round.sighted);
  const counted = rounds.filter((round) => round.sighted === sighted);
  const sights = Object.fromEntries(counted.flatMap((round) => Object.entries(round.sights)));
  const crossings = counted.flatMap((round) => round.crossings);
  return { observer, sighted, sights, crossings };
};
