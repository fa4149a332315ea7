/**
 * The idea of AWS's sample remediation, for comparison: a function, woken by an alarm on UnHealthyHostCount, that detaches
 * unhealthy instances from their group, so that Auto Scaling launches others and people can look at what is wrong.
 *
 * Here it is woken once a minute. An alarm of one period of 60 s does the same or is later: by default an alarm on this
 * metric needs two such periods, and a metric is some seconds old when it arrives.
 */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DetachInstancesCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { chooseToDetach } from './choose.ts';

const autoScaling = new AutoScalingClient();
const elb = new ElasticLoadBalancingV2Client();

/** @returns the instance ids that it detached. @throws what AWS refuses. */
export const handler = async (): Promise<readonly string[]> => {
  const AutoScalingGroupName = process.env['GROUP'];
  const described = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [AutoScalingGroupName ?? ''] }),
  );
  const group = described.AutoScalingGroups?.[0];
  const inService = (group?.Instances ?? [])
    .filter(({ LifecycleState }) => LifecycleState === 'InService')
    .map(({ InstanceId = '' }) => InstanceId);
  const unhealthy = await unhealthyIn(group?.TargetGroupARNs ?? []);
  const desired = group?.DesiredCapacity ?? 0;
  const InstanceIds = [...chooseToDetach({ desired, inService }, unhealthy)];
  console.log(JSON.stringify({ unhealthy, detached: InstanceIds }));
  if (InstanceIds.length > 0) {
    const ShouldDecrementDesiredCapacity = false;
    await autoScaling.send(
      new DetachInstancesCommand({
        AutoScalingGroupName,
        InstanceIds,
        ShouldDecrementDesiredCapacity,
      }),
    );
  }
  return InstanceIds;
};

const unhealthyIn = async (targetGroupArns: readonly string[]): Promise<readonly string[]> => {
  const answers = await Promise.all(
    targetGroupArns.map((TargetGroupArn) =>
      elb.send(new DescribeTargetHealthCommand({ TargetGroupArn })),
    ),
  );
  return answers
    .flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions)
    .filter(({ TargetHealth }) => TargetHealth?.State === 'unhealthy')
    .map(({ Target }) => Target?.Id ?? '');
};
