/** Lambda calls: invoke, and read a function's configuration. */
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import { type InvokeResult, type Lambda, lambdaArn } from './lambda.ts';
import type { AsyncEvents } from './lambda-events.ts';
import { text } from './parameters.ts';
import { type Call, type Reply, reply } from './wire.ts';

export const lambdaHandlers = (lambda: Lambda, events: AsyncEvents): Handlers => {
  const invoke: Handler = async (call) => {
    const name = text(call.parameters, 'FunctionName');
    const event = call.request.body.toString() || '{}';
    checkJson(event);
    lambda.find(name);
    const type = call.request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return bare(204, {}, '');
    if (type === 'Event') {
      events.accept(name, event);
      return bare(202, {}, '');
    }
    return answerOf(call, await lambda.invoke(name, event));
  };
  const configuration: Handler = async (call) => {
    const { spec } = lambda.find(text(call.parameters, 'FunctionName'));
    return reply(call, {
      FunctionName: spec.name,
      FunctionArn: lambdaArn(spec.name),
      Runtime: 'nodejs24.x',
      Role: spec.role ?? undefined,
      Handler: spec.handler,
      Timeout: spec.timeoutS,
      MemorySize: spec.memoryMb,
      Version: '$LATEST',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      PackageType: 'Zip',
      Architectures: ['arm64'],
      Environment: { Variables: spec.variables },
    });
  };
  return {
    lambda: {
      Invoke: invoke,
      GetFunctionConfiguration: configuration,
      '*': async (call) => {
        throw new AwsError('InvalidAction', `The lab does not know lambda:${call.action}`);
      },
    },
  };
};

const answerOf = (call: Call, result: InvokeResult): Reply => {
  const wantsLog = call.request.headers['x-amz-log-type'] === 'Tail';
  const headers = {
    'x-amz-executed-version': '$LATEST',
    ...(result.functionError ? { 'x-amz-function-error': result.functionError } : {}),
    ...(wantsLog ? { 'x-amz-log-result': Buffer.from(result.log).toString('base64') } : {}),
  };
  return bare(200, headers, result.payload);
};

const bare = (status: number, headers: Record<string, string>, body: string): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(body),
});

const checkJson = (event: string): void => {
  try {
    JSON.parse(event);
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  }
};
