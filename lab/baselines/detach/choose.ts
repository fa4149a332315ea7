/** Whom the sample detaches. Pure. */

export interface GroupView {
  readonly desired: number;
  /** Instance ids that are in service. */
  readonly inService: readonly string[];
}

/** "At most 10 % of the group", and one of a group that is smaller than ten. */
const SHARE = 0.1;

/** @param unhealthy instance ids, by what the load balancer finds */
export const chooseToDetach = (
  { desired, inService }: GroupView,
  unhealthy: readonly string[],
): readonly string[] =>
  inService.filter((id) => unhealthy.includes(id)).slice(0, Math.ceil(desired * SHARE));
