/** EventBridge's API destinations: what would be posted, where, and with which key. Nothing leaves the lab. */

import type { EventTarget } from './event-targets.ts';
import type { ServiceAct } from './iam/authority.ts';
import { type Parameters, record, text } from './parameters.ts';

export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Webhooks {
  readonly posted: readonly Posted[];
  connect: (connectionArn: string, properties: Parameters) => void;
  /** @throws Error for an address that EventBridge would not take. */
  add: (destinationArn: string, properties: Parameters) => void;
  /** An event whose role may not post is dropped, as on AWS, where it is a dead letter. */
  post: (target: EventTarget, event: string) => void;
}

const EVENTS = 'events.amazonaws.com';

export const createWebhooks = (refusalOf: (act: ServiceAct) => string | null): Webhooks => {
  const keys = new Map<string, Readonly<Record<string, string>>>();
  const destinations = new Map<string, { url: string; connectionArn: string }>();
  const posted: Posted[] = [];
  return {
    posted,
    connect: (arn, properties) => {
      const key = record(record(properties, 'AuthParameters'), 'ApiKeyAuthParameters');
      keys.set(arn, { [text(key, 'ApiKeyName')]: text(key, 'ApiKeyValue') });
    },
    add: (arn, properties) => {
      const url = text(properties, 'InvocationEndpoint');
      if (!url.startsWith('https://')) throw new Error(`${url}: only HTTPS is posted to`);
      destinations.set(arn, { url, connectionArn: text(properties, 'ConnectionArn') });
    },
    post: ({ targetArn, roleArn }, event) => {
      const destination = destinations.get(targetArn);
      if (destination === undefined) throw new Error(`there is no ${targetArn}`);
      const action = 'events:InvokeApiDestination';
      if (refusalOf({ service: EVENTS, roleArn, action, resource: targetArn }) !== null) return;
      const key = keys.get(destination.connectionArn) ?? {};
      const headers = { 'content-type': 'application/json; charset=utf-8', ...key };
      posted.push({ url: destination.url, headers, body: event });
    },
  };
};
