/** Whose web address may be told of a failover: a public one, over TLS, and with nothing secret in it. */
import { isIP } from 'node:net';

export const WEBHOOK_ALLOWED =
  'a public address such as https://hooks.example.com/quorate, without port, user, query or fragment';

/** Names that stand for machines of one's own network, the metadata service among them. */
const OWN = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private)$/;

/** What is wrong with it, or `null`. */
export const webhookProblem = (text: string): string | null => {
  if (!URL.canParse(text)) return `allowed: ${WEBHOOK_ALLOWED}`;
  const url = new URL(text);
  if (url.protocol !== 'https:') {
    return `${url.protocol}// would show the events and the key to everybody on the way; allowed: ${WEBHOOK_ALLOWED}`;
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) > 0 || OWN.test(host) || !host.includes('.')) {
    return `${host} is no public name; allowed: ${WEBHOOK_ALLOWED}`;
  }
  const isBare = [url.port, url.username, url.password, url.search, url.hash].every(
    (part) => part === '',
  );
  return isBare && !/[?#]/.test(text) ? null : `allowed: ${WEBHOOK_ALLOWED}`;
};
