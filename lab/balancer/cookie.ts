/** The stickiness cookie: `AWSALB`, opaque to clients, renewed with every answer as the real one is. */
import type { Affinity } from './routing.ts';

export const COOKIE_NAME = 'AWSALB';

/** @returns the affinity in a `Cookie` header; `null` when there is none, or it is forged, damaged or too old. */
export const readAffinity = (header: string | undefined, nowMs: number): Affinity | null => {
  const pair = header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${COOKIE_NAME}=`));
  if (pair === undefined) return null;
  const fields = Buffer.from(pair.slice(COOKIE_NAME.length + 1), 'base64url')
    .toString()
    .split('\n');
  const [groupArn, instanceId, until] = fields;
  if (fields.length !== 3 || !groupArn || !instanceId || !until) return null;
  const affinity = { groupArn, instanceId, untilMs: Number(until) };
  return affinity.untilMs > nowMs ? affinity : null;
};

/** @returns a `Set-Cookie` value. */
export const writeAffinity = (affinity: Affinity): string => {
  const fields = [affinity.groupArn, affinity.instanceId, String(affinity.untilMs)];
  const value = Buffer.from(fields.join('\n')).toString('base64url');
  return `${COOKIE_NAME}=${value}; Expires=${new Date(affinity.untilMs).toUTCString()}; Path=/`;
};
