/** One HTTP call with a deadline for all of it, and a jar for its cookies. */
import { type Agent, request } from 'node:http';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Cookies by name. One host and one path, so attributes do not matter. */
export type Jar = Map<string, string>;

export interface CallRequest {
  readonly to: Endpoint;
  readonly agent: Agent;
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly jar: Jar;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface CallAnswer {
  /** HTTP status, or why there is none: `timeout`, or the socket's error code. */
  readonly result: number | string;
  readonly servedBy: string | null;
  /** How long the server asks to be left alone, in ms; 0 when it does not say. */
  readonly retryAfterMs: number;
}

const keepCookies = (jar: Jar, setCookie: readonly string[] | undefined): void => {
  for (const line of setCookie ?? []) {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    if (at > 0) jar.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
};

/** Seconds, or a date (RFC 9110). */
const retryAfterOf = (header: string | undefined): number => {
  const seconds = Number(header ?? 0);
  const ms = Number.isNaN(seconds) ? Date.parse(header ?? '') - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
};

/** Never rejects. The answer counts when it is complete. Cookies go into the jar. */
export const call = (what: CallRequest): Promise<CallAnswer> =>
  new Promise((resolve) => {
    const cookie = [...what.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const outgoing = request({
      host: what.to.address,
      port: what.to.port,
      method: what.method,
      path: what.path,
      agent: what.agent,
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(what.body === undefined ? {} : { 'content-type': 'text/plain' }),
      },
    });
    let servedBy: string | null = null;
    let retryAfterMs = 0;
    const end = (result: number | string): void => {
      clearTimeout(timer);
      resolve({ result, servedBy, retryAfterMs });
    };
    const timer = setTimeout(() => {
      end('timeout');
      outgoing.destroy();
    }, what.timeoutMs);
    const fail = (error: Error & { code?: string }): void => end(error.code ?? error.message);
    outgoing.on('error', fail);
    outgoing.on('response', (response) => {
      servedBy = [response.headers['x-served-by']].flat()[0] ?? null;
      retryAfterMs = retryAfterOf(response.headers['retry-after']);
      keepCookies(what.jar, response.headers['set-cookie']);
      response.on('error', fail);
      response.on('end', () => end(response.statusCode ?? 'no status'));
      response.resume();
    });
    outgoing.end(what.body);
  });
