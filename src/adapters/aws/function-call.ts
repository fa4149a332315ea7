/** One synchronous question to one of our own functions, from a person's machine. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { QuorateError } from '../../errors.ts';
import { parseJson } from '../../parse-json.ts';
import { printable } from '../../printable.ts';
import { call } from './call.ts';

/** From somebody's desk, over a VPN. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than the slowest function takes to answer (serverless.yml): Lambda itself says when that is over. */
const ANSWER_TIMEOUT_MS = 65_000;

/** The function ran and broke. */
export class FunctionFailed extends QuorateError {
  override readonly name = 'FunctionFailed';
}

export interface FunctionCaller {
  /** @throws CallFailed, FunctionFailed */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly close: () => void;
}

/** Region and credentials come from the SDK's own environment. One attempt: who asks may ask again. */
export const createFunctionCaller = (): FunctionCaller => {
  const client = new LambdaClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  return {
    invoke: async (functionName, event) => {
      const command = new InvokeCommand({
        FunctionName: functionName,
        Payload: new TextEncoder().encode(JSON.stringify(event)),
      });
      const { Payload, FunctionError } = await call('lambda:InvokeFunction', client.send(command));
      const text = new TextDecoder().decode(Payload ?? new Uint8Array());
      if (FunctionError !== undefined) {
        throw new FunctionFailed(`${functionName} failed (${FunctionError}): ${printable(text)}`);
      }
      return parseJson(text);
    },
    close: () => client.destroy(),
  };
};
