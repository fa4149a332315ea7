/** What the balancer's two processes tell each other. */
import type { BalancerSpec } from '../parts.ts';
import type { ForwardTimeouts } from './forward.ts';
import type { Checks } from './health.ts';

export interface Listen {
  readonly address: string;
  readonly port: number;
}

export interface BalancerProtocol {
  readonly argument: { readonly listen: readonly Listen[]; readonly timeouts: ForwardTimeouts };
  /** A configuration; `revision` counts up. */
  readonly toChild: { readonly revision: number; readonly spec: BalancerSpec };
  /** After every configuration and every check; `revision` is that of the configuration they belong to. */
  readonly toParent: { readonly revision: number; readonly checks: Checks };
}
