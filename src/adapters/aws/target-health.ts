/** How the load balancer sees the group's instances, over all target groups. */
import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { InstanceId, TargetState } from '../../core/observation.ts';
import { call } from './call.ts';

export interface TargetEntry {
  readonly instanceId: InstanceId;
  readonly port: number | undefined;
  readonly state: TargetState;
}

/** Worst first: with several target groups an instance is as good as its worst entry. */
const WORST_FIRST: readonly TargetState[] = [
  'unhealthy',
  'draining',
  'unused',
  'unknown',
  'initial',
  'unavailable',
  'healthy',
];

/** Entries of one target group, in no order; the listing has no pages. @throws CallFailed */
export const readTargetHealth = async (
  client: ElasticLoadBalancingV2Client,
  targetGroupArn: string,
  abortSignal: AbortSignal,
): Promise<readonly TargetEntry[]> => {
  const answer = await call(
    'elasticloadbalancing:DescribeTargetHealth',
    client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }), {
      abortSignal,
    }),
  );
  return (answer.TargetHealthDescriptions ?? []).map((description) => ({
    instanceId: description.Target?.Id ?? '',
    port: description.Target?.Port,
    state: stateOf(description.TargetHealth?.State),
  }));
};

/** @param groups one list of entries for each target group; no groups: `unknown`. */
export const worstStateOf = (
  instanceId: InstanceId,
  groups: readonly (readonly TargetEntry[])[],
): TargetState => {
  const states = groups.flatMap((entries): readonly TargetState[] => {
    const own = entries.filter((entry) => entry.instanceId === instanceId);
    return own.length === 0 ? ['unknown'] : own.map((entry) => entry.state);
  });
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'unknown';
};

const stateOf = (word: string | undefined): TargetState => {
  if (word === 'unhealthy.draining') return 'draining';
  return WORST_FIRST.find((state) => state === word) ?? 'unknown';
};
