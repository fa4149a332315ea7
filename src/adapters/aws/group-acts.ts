/** What is done to a whole Auto Scaling group: each call says how it shall be, so it may come twice. */
import {
  type AutoScalingClient,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Fleet } from '../../config/fleet.ts';
import type { MoveAct } from '../../core/acts.ts';
import { done, mutate, type Result } from './act-result.ts';

type GroupAct = Extract<MoveAct, { kind: 'scale' | 'suspend' | 'unsuspend' }>;

export const changeGroup = async (
  client: AutoScalingClient,
  { group: AutoScalingGroupName }: Fleet,
  act: GroupAct,
  abortSignal: AbortSignal,
): Promise<Result> => {
  switch (act.kind) {
    case 'scale': {
      const { min: MinSize, desired: DesiredCapacity } = act;
      const input = { AutoScalingGroupName, MinSize, DesiredCapacity };
      const command = new UpdateAutoScalingGroupCommand(input);
      return await mutate('autoscaling:UpdateAutoScalingGroup', abortSignal, async () => {
        await client.send(command, { abortSignal });
        return done(
          `${AutoScalingGroupName}: desired capacity ${DesiredCapacity}, at least ${MinSize}`,
        );
      });
    }
    case 'suspend': {
      const input = { AutoScalingGroupName, ScalingProcesses: [...act.processes] };
      return await mutate('autoscaling:SuspendProcesses', abortSignal, async () => {
        await client.send(new SuspendProcessesCommand(input), { abortSignal });
        return done(`${AutoScalingGroupName}: suspended ${act.processes.join(', ')}`);
      });
    }
    case 'unsuspend': {
      // Without names Auto Scaling would resume everything, also what somebody else suspended.
      if (act.processes.length === 0) return done('nothing was suspended');
      const input = { AutoScalingGroupName, ScalingProcesses: [...act.processes] };
      return await mutate('autoscaling:ResumeProcesses', abortSignal, async () => {
        await client.send(new ResumeProcessesCommand(input), { abortSignal });
        return done(`${AutoScalingGroupName}: resumed ${act.processes.join(', ')}`);
      });
    }
  }
};
