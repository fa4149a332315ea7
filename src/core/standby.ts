/**
 * A member that is replaced in good order stands by in its group: Auto Scaling neither counts it nor sends it calls, and
 * it goes on as a member of the cluster. Whom somebody else put there is leaving, as far as anybody can tell.
 */
import type { Retirement } from './ledger.ts';
import type { Instance, Inventory } from './observation.ts';

const OWN = 'Retiring:';
const STANDBY = /^(Entering)?Standby$/;

/** The inventory in which the standby of our own retirement has a name of its own, and is no leaving. */
export const withOwnStandby = (inventory: Inventory, retirement: Retirement | null): Inventory => ({
  ...inventory,
  instances: inventory.instances.map((each) =>
    each.instanceId === retirement?.instanceId && STANDBY.test(each.lifecycle)
      ? { ...each, lifecycle: `${OWN}${each.lifecycle}` }
      : each,
  ),
});

/** By whomever. */
export const isSetAside = ({ lifecycle }: Instance): boolean => STANDBY.test(lifecycle);

export const isStandingBy = ({ lifecycle }: Instance): boolean => lifecycle.startsWith(OWN);

/** Auto Scaling says so once the load balancer has drained it. */
export const isDrained = ({ lifecycle }: Instance): boolean => lifecycle === `${OWN}Standby`;
