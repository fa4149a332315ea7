/** Calls to services that the project has no SDK client for, in their wire protocol. */
import { PLAN } from '../parts.ts';
import { LAB_KEY, type Send } from './clients.ts';
import { asRecord, type Parameters } from './parameters.ts';
import { errorCode, type HttpRequest } from './wire.ts';
import { parseXml } from './xml.ts';

export interface RawCalls {
  /** AWS JSON protocol. @throws when the service refuses. */
  json: (service: string, target: string, parameters: object) => Promise<Parameters>;
  /** AWS query protocol: the content of `<ActionResponse>`. @throws when the service refuses. */
  query: (
    service: string,
    action: string,
    parameters: Record<string, string>,
  ) => Promise<Parameters>;
}

export const createRawCalls = (send: Send): RawCalls => {
  const call = async (service: string, request: Pick<HttpRequest, 'headers' | 'body'>) => {
    const headers = {
      host: `${service}.${PLAN.region}.amazonaws.com`,
      authorization: `AWS4-HMAC-SHA256 Credential=${LAB_KEY}/20260101/${PLAN.region}/${service}/aws4_request, SignedHeaders=host, Signature=lab`,
      ...request.headers,
    };
    const answer = await send({ method: 'POST', path: '/', headers, body: request.body });
    const text = answer.body.toString();
    if (answer.status >= 400) throw new Error(`${service}: ${errorCode(answer) ?? ''} ${text}`);
    return text;
  };
  return {
    json: async (service, target, parameters) => {
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
      const text = await call(service, { headers, body: Buffer.from(JSON.stringify(parameters)) });
      return text === '' ? {} : asRecord(JSON.parse(text));
    },
    query: async (service, action, parameters) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const form = new URLSearchParams({ Action: action, Version: '2010-03-31', ...parameters });
      const text = await call(service, { headers, body: Buffer.from(form.toString()) });
      return asRecord(parseXml(text)[`${action}Response`]);
    },
  };
};
