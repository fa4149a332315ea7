/** Whether EC2 has room for another instance. It has, until a scenario says otherwise. */
import { PLAN, ZONES, type Zone } from '../parts.ts';
import { AwsError } from './aws-error.ts';

export interface Capacity {
  /** No more launches in these zones; by default in all. @returns gives the room back. */
  exhaust: (zones?: readonly Zone[]) => () => void;
  /** @throws AwsError `InsufficientInstanceCapacity`, a server error as on AWS. */
  claim: (zone: Zone | null, instanceType: string) => void;
}

export const createCapacity = (): Capacity => {
  const exhausted = new Set<readonly Zone[]>();
  const isFull = (zone: Zone): boolean => [...exhausted].some((zones) => zones.includes(zone));
  return {
    exhaust: (zones = ZONES) => {
      const mine = [...zones];
      exhausted.add(mine);
      return () => void exhausted.delete(mine);
    },
    claim: (zone, instanceType) => {
      if (zone === null || !isFull(zone)) return;
      const others = ZONES.filter((each) => !isFull(each)).map(nameOf);
      const choosing = others.length > 0 ? ` or choosing ${others.join(', ')}` : '';
      const message =
        `We currently do not have sufficient ${instanceType} capacity in the Availability Zone you requested (${nameOf(zone)}). ` +
        'Our system will be working on provisioning additional capacity. ' +
        `You can currently get ${instanceType} capacity by not specifying an Availability Zone in your request${choosing}.`;
      throw new AwsError(INSUFFICIENT_CAPACITY, message, 500);
    },
  };
};

export const INSUFFICIENT_CAPACITY = 'InsufficientInstanceCapacity';

const nameOf = (zone: Zone): string => `${PLAN.region}${zone}`;
