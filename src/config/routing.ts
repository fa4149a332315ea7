/** What leads users to one of the sides, from the fleets file: which of its four kinds it is. */
import type { Policy } from '../core/policy.ts';
import { isNetworkListener } from './balancer-arn.ts';
import type { FleetRouting } from './fleet.ts';
import type { RoutingEntry } from './routing-field.ts';

export const toRouting = (entry: RoutingEntry | undefined): FleetRouting | null => {
  if (entry === undefined) return null;
  const { listener, rule, classic, record } = entry;
  if (classic !== undefined) return { kind: 'classic', balancer: classic };
  if (record !== undefined) return { kind: 'record', ...record };
  const arn = listener ?? rule;
  if (arn === undefined) return null;
  if (isNetworkListener(arn)) return { kind: 'network', arn };
  const isSecure = entry.protocol === 'https';
  return { kind: 'application', arn, port: entry.port ?? (isSecure ? 443 : 80), isSecure };
};

/** Only an Application Load Balancer can lead single calls to the new side before users go there. */
export const verifiedBy = (routing: FleetRouting | null): Policy['verifyBy'] =>
  routing === null || routing.kind === 'application' ? 'balancer' : 'nodes';
