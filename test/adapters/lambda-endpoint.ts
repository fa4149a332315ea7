/** Lambda's Invoke as it is on the wire: a real HTTP endpoint for the real SDK client. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { LookRequest } from '../../src/ports.ts';

export interface Invocation {
  readonly functionName: string;
  readonly request: LookRequest;
  readonly response: ServerResponse;
  /** Answers as a function that returned `value`. */
  readonly returns: (value: unknown) => void;
}

export interface LambdaEndpoint {
  readonly client: LambdaClient;
  readonly invocations: readonly Invocation[];
  readonly stop: () => Promise<void>;
}

export const lambdaEndpoint = async (
  onInvoke: (invocation: Invocation) => unknown,
): Promise<LambdaEndpoint> => {
  const invocations: Invocation[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, functionName = ''] = /functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
      const invocation = {
        functionName,
        request: JSON.parse(Buffer.concat(chunks).toString()) as LookRequest,
        response,
        returns: (value: unknown) => response.end(JSON.stringify(value)),
      };
      invocations.push(invocation);
      onInvoke(invocation);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  const client = new LambdaClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { client, invocations, stop };
};

/** What Lambda answers when it refuses. */
export const refuse = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'x-amzn-errortype': code, 'content-type': 'application/json' });
  response.end(JSON.stringify({ Type: 'User', message: 'for the test' }));
};
