/** Routes a call: the lab's own behaviour where there is one, else moto. */
import { AwsError } from './aws-error.ts';
import { type Clients, connect, type Send } from './clients.ts';
import {
  createStaleReads,
  type FaultRule,
  type Faults,
  internalError,
  throttled,
} from './faults.ts';
import { type Journal, shorten } from './journal.ts';
import { asRecord, optionalNumber } from './parameters.ts';
import { type Call, errorCode, errorReply, parseCall, type Reply } from './wire.ts';

export type Handler = (call: Call) => Promise<Reply>;

/** By service, then action. `*` answers every action of a service that has no handler of its own. */
export type Handlers = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

export interface Dispatch {
  /** `null`: the reply is lost. Never rejects. */
  answer: (request: Call['request']) => Promise<Reply | null>;
  /** The lab's clients: same routes, no faults. */
  readonly clients: Clients;
  /** moto as it is, through the same queue. */
  readonly moto: Clients;
  readonly toMoto: Send;
  /** The call as it came, to moto. */
  forward: Handler;
  serve: (handlers: Handlers) => void;
}

export interface DispatchParts {
  readonly send: Send;
  readonly journal: Journal;
  readonly faults: Faults;
  /** Caller by access key. */
  readonly nameOf: (accessKeyId: string) => string;
  /** Why the caller may not make this call; `null` when it may. @throws Error for a call that cannot be judged. */
  readonly refusalOf: (call: Call, who: string) => Promise<AwsError | null>;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export const createDispatch = (parts: DispatchParts): Dispatch => {
  const { send, journal, faults, nameOf, refusalOf, sleep } = parts;
  const stale = createStaleReads();
  const routes: Record<string, Record<string, Handler>> = {};

  const forward: Handler = async (call) => {
    const answer = await send(call.request);
    return isHtmlError(answer) ? refusal(call) : answer;
  };
  const perform: Handler = async (call) => {
    const service = routes[call.service] ?? {};
    const handler = service[call.action] ?? service['*'] ?? forward;
    return await handler(call).catch((error: unknown) => errorReply(call.protocol, toAws(error)));
  };
  const suffer = async (call: Call, rule: FaultRule): Promise<Reply | null> => {
    if (rule.kind === 'throttle') return errorReply(call.protocol, throttled(call));
    if (rule.kind === 'error') return errorReply(call.protocol, internalError(call));
    if (rule.kind === 'delay') await sleep(rule.delayMs ?? 0);
    if (rule.kind === 'stale') {
      const known = stale.recall(call, rule.staleForMs ?? Number.POSITIVE_INFINITY);
      if (known) return known;
    }
    const answer = await perform(call);
    return rule.kind === 'lost-reply' ? null : answer;
  };
  const recorded = async (
    call: Call,
    about: { who: string; fault: string | null },
    run: () => Promise<Reply | null>,
  ): Promise<Reply | null> => {
    const atMs = Date.now();
    const answer = await run();
    const { service, action } = call;
    const parameters = shorten(call.parameters);
    const outcome = { status: answer?.status ?? null, code: answer && errorCode(answer) };
    const ms = Date.now() - atMs;
    journal.record({ atMs, ...about, service, action, parameters, ...outcome, ms });
    return answer;
  };
  const refused = async (call: Call, who: string): Promise<Reply | null> => {
    const refusal = await refusalOf(call, who).catch(toAws);
    return refusal && errorReply(call.protocol, refusal);
  };
  const answerAs = async (call: Call, who: string): Promise<Reply | null> => {
    const refusal = who === 'lab' ? null : await refused(call, who);
    const rule = who === 'lab' || refusal ? null : faults.pick(call, who);
    const fault = rule?.kind ?? null;
    const answer = await recorded(call, { who, fault }, async () => {
      if (refusal) return refusal;
      return rule ? await suffer(call, rule) : await perform(call);
    });
    if (answer && rule?.kind !== 'stale') stale.remember(call, answer);
    return answer;
  };
  const answer: Dispatch['answer'] = async (request) => {
    try {
      const call = parseCall(request);
      return await answerAs(call, nameOf(call.accessKeyId));
    } catch (error) {
      return errorReply('json', toAws(error));
    }
  };
  const internally =
    (route: Handler): Send =>
    async (request) => {
      const call = parseCall(request);
      const about = { who: 'lab', fault: null };
      return (await recorded(call, about, async () => await route(call))) ?? refusal(call);
    };
  const toMoto = internally(forward);
  return {
    answer,
    forward,
    clients: connect(internally(perform)),
    moto: connect(toMoto),
    toMoto,
    serve: (handlers) => {
      for (const [service, actions] of Object.entries(handlers)) {
        routes[service] = { ...routes[service], ...actions };
      }
    },
  };
};

const toAws = (error: unknown): AwsError => {
  if (error instanceof AwsError) return error;
  // An SDK error from one of the lab's own calls to moto: the caller gets what moto said.
  if (error instanceof Error && '$metadata' in error) {
    const status = optionalNumber(asRecord(error.$metadata), 'httpStatusCode') ?? 500;
    const code = 'Code' in error && typeof error.Code === 'string' ? error.Code : error.name;
    return new AwsError(code, error.message, status);
  }
  return new AwsError('InternalFailure', error instanceof Error ? error.message : '?', 500);
};

/** moto answers what it does not know, or fails at, with a page of HTML and status 500. */
const isHtmlError = (answer: Reply): boolean =>
  answer.status >= 500 && !/xml|json/.test(answer.headers['content-type'] ?? '');

/** AWS answers bad input with 400; a 500 would make the SDK retry and then report a parse error. */
const refusal = (call: Call): Reply => {
  const code = { ec2: 'InvalidParameterValue', query: 'ValidationError' }[call.protocol as string];
  const message = `The emulator cannot do ${call.service}:${call.action} with these parameters.`;
  return errorReply(call.protocol, new AwsError(code ?? 'ValidationException', message));
};
