/** Our deployed functions on Lambda's wire: what the command line invokes by name. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished, vi } from 'vitest';
import { parseJson } from '../../src/parse-json.ts';
import { awsEnvironment, listen } from '../adapters/listen.ts';

export interface Asked {
  readonly functionName: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** A reply of the function, or how Lambda itself fails. */
export type Answer =
  | { readonly returns: unknown }
  | { readonly fails: string }
  | { readonly status: number; readonly code: string };

/** Answers until the test is over. @returns what was asked, in order */
export const startFunctions = async (
  answer: (asked: Asked) => Answer,
): Promise<readonly Asked[]> => {
  const asked: Asked[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, functionName = ''] = /functions\/([^/]+)\/invocations/.exec(request.url ?? '') ?? [];
    const one = { functionName, event: parseJson(await text(request)) as Asked['event'] };
    asked.push(one);
    const given = answer(one);
    if ('returns' in given) response.end(JSON.stringify(given.returns));
    else if ('fails' in given) {
      response.setHeader('x-amz-function-error', 'Unhandled');
      response.end(JSON.stringify({ errorType: 'Error', errorMessage: given.fails }));
    } else {
      response.writeHead(given.status, { 'x-amzn-errortype': given.code });
      response.end(JSON.stringify({ message: `Function not found: ${functionName}` }));
    }
  };
  const server = createServer((request, response) => void reply(request, response));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    vi.unstubAllEnvs();
  });
  const endpoint = `http://127.0.0.1:${await listen(server)}`;
  for (const [name, value] of Object.entries(awsEnvironment(endpoint))) vi.stubEnv(name, value);
  return asked;
};
