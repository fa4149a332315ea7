/** An endpoint that speaks the AWS protocols on real sockets and answers what a test tells it to. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from './listen.ts';

export interface WireCall {
  /** Operation, such as `DescribeInstances`. */
  readonly action: string;
  /** Query parameters, or the top level of a JSON body. */
  readonly input: Readonly<Record<string, unknown>>;
}

export type WireAnswer =
  | { readonly status: number; readonly type: string; readonly body: string }
  /** Carried out as far as anybody can tell, but the connection ends without an answer. */
  | 'loseReply'
  | 'silent';

export interface WireServer {
  readonly endpoint: string;
  /** Every call that arrived, in order. */
  readonly calls: WireCall[];
  /** Answers by action; what is not there is a 400 with a code. A list answers one call after the other. */
  answers: Record<string, WireAnswer | readonly WireAnswer[]>;
  close(): void;
}

export const xml = (action: string, result: string): WireAnswer => ({
  status: 200,
  type: 'text/xml',
  body: `<${action}Response><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></${action}Response>`,
});

export const ec2Xml = (action: string, result: string): WireAnswer => ({
  status: 200,
  type: 'text/xml',
  body: `<${action}Response><requestId>r-1</requestId>${result}</${action}Response>`,
});

export const json = (body: unknown): WireAnswer => ({
  status: 200,
  type: 'application/x-amz-json-1.1',
  body: JSON.stringify(body),
});

/** As Auto Scaling and ELB spell an error. */
export const xmlError = (code: string, message: string, status = 400): WireAnswer => ({
  status,
  type: 'text/xml',
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`,
});

export const ec2Error = (code: string, message: string, status = 400): WireAnswer => ({
  status,
  type: 'text/xml',
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>`,
});

export const jsonError = (code: string, message: string, status = 400): WireAnswer => ({
  status,
  type: 'application/x-amz-json-1.1',
  body: JSON.stringify({ __type: code, message }),
});

export const htmlError: WireAnswer = {
  status: 500,
  type: 'text/html',
  body: '<!doctype html><html><title>500 Internal Server Error</title></html>',
};

const callOf = async (request: IncomingMessage): Promise<WireCall> => {
  const body = await text(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    return { action: target.split('.').at(-1) ?? '', input: JSON.parse(body) };
  }
  const input = Object.fromEntries(new URLSearchParams(body));
  return { action: input['Action'] ?? '', input };
};

export const startWireServer = async (): Promise<WireServer> => {
  const calls: WireCall[] = [];
  const server = createServer((request, response) => {
    const reply = (call: WireCall): void => {
      calls.push(call);
      const given = wire.answers[call.action] ?? xmlError('InvalidAction', call.action);
      const nth = calls.filter(({ action }) => action === call.action).length - 1;
      const answer = Array.isArray(given) ? (given[nth] ?? given.at(-1)) : given;
      if (answer === 'silent') return;
      if (answer === 'loseReply') request.socket.destroy();
      else response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    };
    callOf(request).then(reply, () => request.socket.destroy());
  });
  const wire: WireServer = {
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    calls,
    answers: {},
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return wire;
};
