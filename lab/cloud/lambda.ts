/** Lambda: functions as processes, with cold starts, one event at a time per environment, and limits. */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLAN } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import { type Answer, type Environment, startEnvironment } from './environment.ts';

export interface FunctionSpec {
  readonly name: string;
  /** `path/to/module.export`, below `codeDirectory`. */
  readonly handler: string;
  readonly codeDirectory: string;
  readonly memoryMb: number;
  readonly timeoutS: number;
  /** Network namespace; `null` runs in the lab's own. */
  readonly namespace: string | null;
  readonly isInVpc: boolean;
  readonly variables: Readonly<Record<string, string>>;
  /** ARN; whoever authorises calls finds the rights there. */
  readonly role: string | null;
  /** `null`: the account's. */
  readonly reservedConcurrency: number | null;
  readonly retriesMax: number;
  readonly eventAgeMaxMs: number;
  /** ARN that gets failed events. */
  readonly onFailure: string | null;
}

export interface InvokeResult {
  readonly requestId: string;
  /** JSON: the result, or the error. */
  readonly payload: string;
  /** `Unhandled` when the function failed. */
  readonly functionError: 'Unhandled' | null;
  readonly log: string;
  readonly isCold: boolean;
  readonly ms: number;
}

export interface LabFunction {
  readonly spec: FunctionSpec;
  /** The key that its credentials carry: tells callers apart. */
  readonly accessKeyId: string;
  readonly invocations: readonly InvokeResult[];
  readonly busy: () => number;
}

export interface Lambda {
  readonly functions: ReadonlyMap<string, LabFunction>;
  create: (spec: FunctionSpec) => LabFunction;
  /** By name or ARN. @throws AwsError when there is none. */
  find: (nameOrArn: string) => LabFunction;
  /** @throws AwsError when the function has no free environment left. */
  invoke: (nameOrArn: string, event: string) => Promise<InvokeResult>;
  /** Kills the environments in the middle of what they do. @returns how many. */
  kill: (name: string) => Promise<number>;
  /** Ends all idle environments, so that the next invocation starts cold. */
  chill: (name: string) => Promise<void>;
  stop: () => Promise<void>;
}

/** Where functions call AWS: URLs. */
export interface Endpoints {
  readonly all: string;
  /** The gateway endpoints of those in the VPC, who reach no other. */
  readonly dynamodb: string;
  readonly s3: string;
}

export interface LambdaParts {
  readonly endpoints: () => Endpoints;
  /** One log file a function; `null` keeps only the tails. */
  readonly logFolder: string | null;
}

interface Slot {
  readonly environment: Environment;
  isBusy: boolean;
}

interface Running extends LabFunction {
  readonly slots: Set<Slot>;
  readonly invocations: InvokeResult[];
  output: string;
}

/** What `LogType: Tail` returns. */
const LOG_TAIL_LENGTH = 4096;

export const lambdaArn = (name: string): string =>
  `arn:aws:lambda:${PLAN.region}:${PLAN.account}:function:${name}`;

export const createLambda = (parts: LambdaParts): Lambda => {
  const functions = new Map<string, Running>();
  const find = (nameOrArn: string): Running => {
    const name = nameOrArn.startsWith('arn:') ? (nameOrArn.split(':')[6] ?? '') : nameOrArn;
    const found = functions.get(name.split(':')[0] ?? '');
    if (found) return found;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${lambdaArn(name)}`, 404);
  };
  const log = (target: Running, text: string): void => {
    target.output = (target.output + text).slice(-LOG_TAIL_LENGTH);
    if (parts.logFolder === null) return;
    appendFileSync(join(parts.logFolder, `${target.spec.name}.log`), text);
  };
  const claim = (target: Running): { slot: Slot; isCold: boolean } => {
    const idle = [...target.slots].find((slot) => !slot.isBusy && slot.environment.isAlive());
    if (idle) {
      idle.isBusy = true;
      return { slot: idle, isCold: false };
    }
    const { spec } = target;
    if (spec.reservedConcurrency !== null && target.busy() >= spec.reservedConcurrency) {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    }
    const variables = variablesOf(target, parts.endpoints());
    const onOutput = (text: string): void => log(target, text);
    const environment = startEnvironment({ ...spec, variables, onOutput });
    const slot = { environment, isBusy: true };
    target.slots.add(slot);
    return { slot, isCold: true };
  };
  const run = async (target: Running, slot: Slot, event: string): Promise<Answered> => {
    const requestId = randomUUID();
    const { timeoutS, name } = target.spec;
    const ready = await slot.environment.ready;
    if ('error' in ready) return { requestId, kind: 'died', error: ready.error };
    log(target, `START RequestId: ${requestId} Version: $LATEST\n`);
    const deadlineMs = Date.now() + timeoutS * 1000;
    const about = { requestId, arn: lambdaArn(name), deadlineMs, timeoutS };
    return { requestId, ...(await slot.environment.invoke(event, about)) };
  };
  const invoke: Lambda['invoke'] = async (nameOrArn, event) => {
    const target = find(nameOrArn);
    const { slot, isCold } = claim(target);
    const startedMs = Date.now();
    target.output = '';
    const answer = await run(target, slot, event);
    slot.isBusy = false;
    if (answer.kind === 'died') {
      target.slots.delete(slot);
      await slot.environment.kill();
    }
    const ms = Date.now() - startedMs;
    const { requestId } = answer;
    if (answer.kind !== 'result') log(target, `${answer.error.errorMessage}\n`);
    log(target, `END RequestId: ${requestId}\nREPORT RequestId: ${requestId} Duration: ${ms} ms\n`);
    const result = { ...outcomeOf(answer), requestId, log: target.output, isCold, ms };
    target.invocations.push(result);
    return result;
  };
  const end = async (target: Running, isMeant: (slot: Slot) => boolean): Promise<number> => {
    const meant = [...target.slots].filter(isMeant);
    for (const slot of meant) target.slots.delete(slot);
    await Promise.all(meant.map(async (slot) => await slot.environment.kill()));
    return meant.length;
  };
  return {
    functions,
    find,
    invoke,
    create: (spec) => {
      const slots = new Set<Slot>();
      const busy = (): number => [...slots].filter((slot) => slot.isBusy).length;
      const accessKeyId = `ASIA${spec.name.replaceAll(/\W/g, '').toUpperCase()}`;
      const created = { spec, accessKeyId, slots, busy, invocations: [], output: '' };
      functions.set(spec.name, created);
      return created;
    },
    kill: async (name) => await end(find(name), (slot) => slot.isBusy),
    chill: async (name) => void (await end(find(name), (slot) => !slot.isBusy)),
    stop: async () => {
      await Promise.all([...functions.values()].map(async (each) => await end(each, () => true)));
    },
  };
};

type Answered = Answer & { readonly requestId: string };

const outcomeOf = (answer: Answer): Pick<InvokeResult, 'payload' | 'functionError'> =>
  answer.kind === 'result'
    ? { payload: answer.payload, functionError: null }
    : { payload: JSON.stringify(answer.error), functionError: 'Unhandled' };

/** Lambda's reserved variables, the function's own, and the way to the lab instead of AWS. */
const variablesOf = (
  { spec, accessKeyId }: Running,
  endpoints: Endpoints,
): Record<string, string> => ({
  ...spec.variables,
  AWS_REGION: PLAN.region,
  AWS_DEFAULT_REGION: PLAN.region,
  AWS_ENDPOINT_URL: endpoints.all,
  ...(spec.isInVpc
    ? { AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb, AWS_ENDPOINT_URL_S3: endpoints.s3 }
    : {}),
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: 'lab',
  AWS_SESSION_TOKEN: 'lab',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: spec.name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: `lab/[$LATEST]${randomUUID()}`,
  LAMBDA_TASK_ROOT: spec.codeDirectory,
  _HANDLER: spec.handler,
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  // `ip` is needed on the way in, hence the last two.
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
});
