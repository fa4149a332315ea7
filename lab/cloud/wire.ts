/** AWS's wire protocols, server side: what a request asks for, and how results and errors are written. */
import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { AwsError } from './aws-error.ts';
import { asRecord, type Parameters, unflatten } from './parameters.ts';
import { readObjectCall } from './wire-s3.ts';
import { buildXml } from './xml.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Protocol = 'query' | 'ec2' | 'json' | 'rest' | 's3';

export interface Call {
  /** As in the signature's credential scope: `ec2`, `autoscaling`, `elasticloadbalancing`, `ssm` ... */
  readonly service: string;
  readonly action: string;
  readonly protocol: Protocol;
  readonly parameters: Parameters;
  readonly accessKeyId: string;
  readonly request: HttpRequest;
}

const REST_ACTIONS: readonly { method: string; path: RegExp; action: string }[] = [
  { method: 'POST', path: /^\/2015-03-31\/functions\/([^/]+)\/invocations/, action: 'Invoke' },
  {
    method: 'GET',
    path: /^\/2015-03-31\/functions\/([^/]+)\/configuration/,
    action: 'GetFunctionConfiguration',
  },
];

/** @throws AwsError when the request is not signed: AWS answers 403, too. */
export const parseCall = (raw: HttpRequest): Call => {
  const request = inflate(raw);
  const scope = /Credential=([^,\s]+)/.exec(request.headers['authorization'] ?? '')?.[1];
  const [accessKeyId, , , service] = scope?.split('/') ?? [];
  if (accessKeyId === undefined || service === undefined) {
    throw new AwsError('MissingAuthenticationToken', 'The request is not signed.', 403);
  }
  return { ...readAction(request, service), service, accessKeyId, request };
};

const readAction = (
  request: HttpRequest,
  service: string,
): Pick<Call, 'action' | 'protocol' | 'parameters'> => {
  if (service === 's3') return { protocol: 's3', ...readObjectCall(request) };
  const target = request.headers['x-amz-target'];
  const body = request.body.toString();
  if (target !== undefined) {
    const action = target.slice(target.lastIndexOf('.') + 1);
    return { action, protocol: 'json', parameters: parseJson(body) };
  }
  for (const { method, path, action } of REST_ACTIONS) {
    const name = path.exec(request.path)?.[1];
    if (request.method === method && name !== undefined) {
      const parameters = { FunctionName: decodeURIComponent(name) };
      return { action, protocol: 'rest', parameters };
    }
  }
  const form = new URLSearchParams(body);
  const action = form.get('Action');
  if (action === null) {
    return { action: `${request.method} ${request.path}`, protocol: 'rest', parameters: {} };
  }
  const protocol = service === 'ec2' ? 'ec2' : 'query';
  return { action, protocol, parameters: unflatten(form) };
};

const parseJson = (body: string): Parameters => {
  try {
    return body === '' ? {} : asRecord(JSON.parse(body));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
};

/** The CloudWatch client compresses large bodies. */
const inflate = (request: HttpRequest): HttpRequest => {
  if (request.headers['content-encoding'] !== 'gzip') return request;
  const { 'content-encoding': _, ...headers } = request.headers;
  const body = gunzipSync(request.body);
  return { ...request, headers: { ...headers, 'content-length': String(body.length) }, body };
};

const NAMESPACE: Readonly<Record<string, string>> = {
  autoscaling: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
  elasticloadbalancing: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
};

/** A successful answer in the call's protocol. `value`: JSON, or a tree of XML elements. */
export const reply = (call: Call, value: object): Reply => {
  const id = randomUUID();
  if (call.protocol === 'json' || call.protocol === 'rest') return jsonReply(200, value, id);
  const attributes = { '@xmlns': NAMESPACE[call.service] ?? '' };
  const content =
    call.protocol === 'ec2'
      ? { requestId: id, ...value }
      : { [`${call.action}Result`]: value, ResponseMetadata: { RequestId: id } };
  return xmlReply(200, { [`${call.action}Response`]: { ...attributes, ...content } }, id);
};

/** An error in the call's protocol. */
export const errorReply = (protocol: Protocol, error: AwsError): Reply => {
  const id = randomUUID();
  const { code, message, status } = error;
  if (protocol === 'ec2') {
    const errors = { Error: { Code: code, Message: message } };
    return xmlReply(status, { Response: { Errors: errors, RequestID: id } }, id);
  }
  if (protocol === 's3') {
    return xmlReply(status, { Error: { Code: code, Message: message, RequestId: id } }, id);
  }
  if (protocol === 'query') {
    const type = status < 500 ? 'Sender' : 'Receiver';
    const body = { Error: { Type: type, Code: code, Message: message }, RequestId: id };
    return xmlReply(status, { ErrorResponse: body }, id);
  }
  const answer = jsonReply(status, { __type: code, message, Message: message }, id);
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } };
};

const xmlReply = (status: number, tree: object, id: string): Reply => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': id },
  body: Buffer.from(buildXml(tree)),
});

const jsonReply = (status: number, value: object, id: string): Reply => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': id },
  body: Buffer.from(JSON.stringify(value)),
});

/** The error code of an answer, `null` when it is none. */
export const errorCode = (answer: Reply): string | null => {
  if (answer.status < 400) return null;
  const text = answer.body.toString();
  const code =
    /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ??
    /"__type"\s*:\s*"(?:[^"#]*#)?([^"]*)"/.exec(text)?.[1] ??
    answer.headers['x-amzn-errortype'];
  return code ?? `HTTP ${answer.status}`;
};
