/** Who watches over the fleet in a run: Quorate, nobody, or what teams have today (the baselines). */
import type { WorldOptions } from './cloud/world.ts';
import { PLAN } from './parts.ts';

export const CONTROLLERS = ['on', 'off', 'aws-only', 'aws-only-deep', 'detach'] as const;
export type Controller = (typeof CONTROLLERS)[number];

export interface Watch {
  /** How its runs are headed. */
  readonly heading: string;
  /** What is set up, for somebody who reads of it for the first time. */
  readonly note: string;
  /** How the group and its load balancer differ from the usual. */
  readonly world: WorldOptions;
}

/**
 * AWS's console proposes 300 s; hosts of the lab boot in seconds, so a fifth of that is ample. The instances that a
 * fault strikes are past it, as they would be on any other day.
 */
const GRACE_PERIOD_S = 60;

const ELB_CHECKS: WorldOptions = { healthCheckType: 'ELB', gracePeriodS: GRACE_PERIOD_S };

export const WATCHES: Readonly<Record<Controller, Watch>> = {
  on: {
    heading: 'With Quorate',
    note: 'Quorate is deployed from its package: a scheduled controller, and a prober in each of two zones.',
    world: {},
  },
  off: {
    heading: 'Without Quorate',
    note: 'Nobody watches: Auto Scaling and the load balancer are on their own.',
    world: {},
  },
  'aws-only': {
    heading: "With Auto Scaling's health checks alone",
    note: `Auto Scaling replaces what the load balancer finds unhealthy: GET /health on the application, every 5 s, twice. A newcomer has ${GRACE_PERIOD_S} s to start.`,
    world: ELB_CHECKS,
  },
  'aws-only-deep': {
    heading: "With Auto Scaling's health checks on Hazelcast's own health",
    note: `Auto Scaling replaces what the load balancer finds unhealthy: GET /hazelcast/health on the member, every 5 s, twice. A newcomer has ${GRACE_PERIOD_S} s to start.`,
    world: {
      ...ELB_CHECKS,
      healthCheck: { port: PLAN.memberPort, path: '/hazelcast/health' },
    },
  },
  detach: {
    heading: 'With a function that detaches unhealthy instances',
    note: "The idea of AWS's sample remediation: once a minute a function detaches what the load balancer finds unhealthy, one instance in ten, at least one; Auto Scaling launches another in its place.",
    world: {},
  },
};
