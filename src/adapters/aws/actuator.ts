/**
 * The acts, one attempt each. AWS knows nothing of our lease or fence, so every call here is one that may come twice
 * without harm: it names one instance and a state, never an amount.
 */
import { TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import type { Fleet, Settings } from '../../config/fleet.ts';
import type { Act, ActOutcome, Target } from '../../core/model.ts';
import type { Actuator, Clock } from '../../ports.ts';
import { done, explained, gone, mutate, type Result } from './act-result.ts';
import { within } from './call.ts';
import type { AwsClients } from './clients.ts';
import { readCommandStatus } from './command-status.ts';
import { deregister, register } from './registration.ts';

/** One act, its own fresh reads included. Well under the lease of 12 s; the caller's signal may end it sooner. */
const ACT_DEADLINE_MS = 4_000;
/** SSM's smallest allowed delivery deadline. The document's own `NotAfter` is the one that counts. */
const DELIVERY_TIMEOUT_S = 30;

interface ActuatorParts {
  readonly fleet: Fleet;
  readonly settings: Settings;
  readonly clients: Pick<AwsClients, 'once' | 'retried'>;
  readonly clock: Clock;
}

export const createActuator = (parts: ActuatorParts): Actuator => ({
  perform: async (act, signal): Promise<ActOutcome> => {
    const startedAtMs = parts.clock.nowMs();
    const result = await resultOf(parts, act, within(ACT_DEADLINE_MS, signal));
    return { kind: act.kind, startedAtMs, finishedAtMs: parts.clock.nowMs(), ...result };
  },
  commandStatus: async (commandId, instanceId, signal) =>
    await readCommandStatus(parts.clients.once.ssm, { commandId, instanceId }, signal),
});

const resultOf = async (parts: ActuatorParts, act: Act, signal: AbortSignal): Promise<Result> => {
  switch (act.kind) {
    case 'deregister':
      return await deregister(parts, act.target.instanceId, signal);
    case 'register':
      return await register(parts, act.target.instanceId, signal);
    case 'kill':
      return await kill(parts, act, signal);
    case 'replace':
      return await replace(parts, act.target, signal);
    case 'terminate':
      return await terminate(parts, act.target, signal);
  }
};

const kill = async (
  { clients, fleet, settings }: ActuatorParts,
  act: Extract<Act, { kind: 'kill' }>,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new SendCommandCommand({
    DocumentName: settings.killDocument,
    InstanceIds: [act.target.instanceId],
    TimeoutSeconds: DELIVERY_TIMEOUT_S,
    Comment: `quorate ${fleet.name} fence ${act.fence}`.slice(0, 100),
    Parameters: {
      InstanceId: [act.target.instanceId],
      Fence: [`${act.fence}`],
      NotAfter: [`${Math.floor(act.notAfterMs)}`],
      StartedBefore: [`${Math.floor(act.startedBeforeMs)}`],
      Service: [fleet.member.service],
      Port: [`${fleet.member.port}`],
      CaptureMs: [`${Math.floor(fleet.policy.captureMs)}`],
    },
  });
  const result = await mutate('ssm:SendCommand', abortSignal, async () => {
    const commandId = (await clients.once.ssm.send(command, { abortSignal })).Command?.CommandId;
    return commandId === undefined
      ? { outcome: 'unknown', detail: 'SSM gave no command id', commandId: null }
      : { ...done(`SSM took the kill as command ${commandId}`), commandId };
  });
  return explained(result, 'InvalidInstanceId', WITHOUT_AGENT);
};

const WITHOUT_AGENT =
  'SSM knows no agent on this host (InvalidInstanceId): it must run, and its role must allow what AmazonSSMManagedInstanceCore allows';

/** Desired capacity stays, so Auto Scaling launches a newcomer; it waits for deregistration and hooks first. */
const replace = async (
  { clients }: ActuatorParts,
  { instanceId }: Target,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new TerminateInstanceInAutoScalingGroupCommand({
    InstanceId: instanceId,
    ShouldDecrementDesiredCapacity: false,
  });
  const action = 'autoscaling:TerminateInstanceInAutoScalingGroup';
  const result = await mutate(action, abortSignal, async () => {
    const answer = await clients.once.autoScaling.send(command, { abortSignal });
    return done(answer.Activity?.Description ?? 'Auto Scaling terminates and replaces it');
  });
  // The text for an instance that left the group or is on its way out; there is no code of its own.
  return gone(result, 'ValidationError', /not found|no managed instance|terminating/i);
};

const terminate = async (
  { clients }: ActuatorParts,
  { instanceId }: Target,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new TerminateInstancesCommand({
    InstanceIds: [instanceId],
    Force: true,
    SkipOsShutdown: true,
  });
  const result = await mutate('ec2:TerminateInstances', abortSignal, async () => {
    const answer = await clients.once.ec2.send(command, { abortSignal });
    const state = answer.TerminatingInstances?.[0]?.CurrentState?.Name;
    return done(state === undefined ? 'EC2 terminates it' : `EC2 says ${state}`);
  });
  return gone(result, 'InvalidInstanceID.NotFound', /./);
};
