// The function's side of the lab's Lambda: loads the built bundle and answers one event at a time.
// It stands where AWS's runtime interface client stands, and knows nothing of the rest of the lab.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const send = (message) => new Promise((resolve) => process.send(message, resolve));

const describe = (error) => ({
  errorType: error?.name ?? 'Error',
  errorMessage: error?.message ?? String(error),
  trace: String(error?.stack ?? '').split('\n'),
});

const load = async (root, handler) => {
  const dot = handler.lastIndexOf('.');
  const path = join(root, handler.slice(0, dot));
  const file = ['.js', '.mjs', '.cjs', '']
    .map((end) => path + end)
    .find((each) => existsSync(each));
  if (!file) {
    throw Object.assign(new Error(`Cannot find module '${path}'`), {
      name: 'Runtime.ImportModuleError',
    });
  }
  const module = await import(pathToFileURL(file).href);
  const found = module[handler.slice(dot + 1)] ?? module.default?.[handler.slice(dot + 1)];
  if (typeof found !== 'function') {
    throw Object.assign(new Error(`${handler} is undefined or not exported`), {
      name: 'Runtime.HandlerNotFound',
    });
  }
  return found;
};

const contextOf = ({ requestId, deadlineMs, arn }) => ({
  awsRequestId: requestId,
  invokedFunctionArn: arn,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
});

const startedMs = performance.now();
try {
  const handler = await load(process.env.LAMBDA_TASK_ROOT, process.env['_HANDLER']);
  process.on('message', async (message) => {
    try {
      const result = await handler(JSON.parse(message.event), contextOf(message));
      await send({ kind: 'result', payload: JSON.stringify(result) ?? 'null' });
    } catch (error) {
      console.error(error);
      await send({ kind: 'error', error: describe(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
  await send({ kind: 'ready', initMs: performance.now() - startedMs });
} catch (error) {
  console.error(error);
  await send({ kind: 'broken', error: describe(error) });
  process.exit(1);
}
