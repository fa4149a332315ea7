/**
 * The acts, one attempt each. AWS knows nothing of our lease or fence, so every call here is one that may come twice
 * without harm: it names one instance and a state, never an amount.
 */
import {
  EnterStandbyCommand,
  ExitStandbyCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { type Fleet, fleetOn, noSuchSide, type Settings } from '../../config/fleet.ts';
import type { Act, MoveAct, NodeAct, Performed } from '../../core/acts.ts';
import type { Target } from '../../core/observation.ts';
import type { Actuator, Clock } from '../../ports.ts';
import { done, failed, gone, meant, mutate, type Result } from './act-result.ts';
import { within } from './call.ts';
import { callCourier } from './carry.ts';
import type { AwsClients } from './clients.ts';
import { readCommandResults } from './command-results.ts';
import { endJob } from './courier-word.ts';
import { changeGroup } from './group-acts.ts';
import { orderHosts } from './host-orders.ts';
import { deregister, register } from './registration.ts';
import { routerOf } from './router.ts';

/** One act, its own fresh reads included. Well under the lease of 12 s; the caller's signal may end it sooner. */
const ACT_DEADLINE_MS = 4_000;

interface ActuatorParts {
  readonly fleet: Fleet;
  readonly settings: Settings;
  readonly clients: Pick<AwsClients, 'once' | 'retried' | 'options'>;
  readonly clock: Clock;
}

export const createActuator = (parts: ActuatorParts): Actuator => ({
  perform: async (act, side, signal): Promise<Performed> => {
    const startedAtMs = parts.clock.nowMs();
    const where = 'target' in act ? side : act.side;
    const fleet = fleetOn(parts.fleet, where);
    const deadline = within(ACT_DEADLINE_MS, signal);
    const result =
      fleet === null
        ? failed(noSuchSide(parts.fleet, where))
        : await resultOf({ parts, fleet }, act, deadline);
    return { kind: act.kind, startedAtMs, finishedAtMs: parts.clock.nowMs(), ...result };
  },
  commandResults: async (command, signal) =>
    await readCommandResults(parts.clients.once.ssm, command, signal),
});

/** @param fleet as it is on the act's side */
const resultOf = async (
  { parts, fleet }: { readonly parts: ActuatorParts; readonly fleet: Fleet },
  act: Act,
  signal: AbortSignal,
): Promise<Result> =>
  'target' in act
    ? await onNode({ ...parts, fleet }, act, signal)
    : await onSide(parts, fleet, act, signal);

const onSide = async (
  parts: ActuatorParts,
  there: Fleet,
  act: MoveAct,
  signal: AbortSignal,
): Promise<Result> => {
  const { clients, settings, fleet } = parts;
  switch (act.kind) {
    case 'scale':
    case 'suspend':
    case 'unsuspend':
      return await changeGroup(clients.once.autoScaling, there, act, signal);
    case 'dismiss':
      return await replace(parts, { target: act.node, shrink: false }, signal);
    case 'preview':
    case 'endPreview':
    case 'switch':
      return await lead(parts, act, signal);
    case 'carry':
    case 'restore':
    case 'keep':
      return await callCourier(parts, act, signal);
    case 'endCarry':
      return await endJob({ table: settings.table, fleet, clients }, act.job, signal);
  }
};

const lead = async (
  parts: ActuatorParts,
  { kind, side }: Extract<MoveAct, { kind: 'preview' | 'endPreview' | 'switch' }>,
  signal: AbortSignal,
): Promise<Result> => {
  const router = routerOf(parts);
  if (router === null) return failed(`fleet "${parts.fleet.name}" has no routing to change`);
  switch (kind) {
    case 'preview':
      return await router.preview(side, signal);
    case 'endPreview':
      return await router.endPreview(signal);
    case 'switch':
      return await router.switchTo(side, signal);
  }
};

const onNode = async (parts: ActuatorParts, act: NodeAct, signal: AbortSignal): Promise<Result> => {
  switch (act.kind) {
    case 'deregister':
      return await deregister(parts, act.target.instanceId, signal);
    case 'register':
      return await register(parts, act.target.instanceId, signal);
    case 'kill':
    case 'fence':
    case 'lift':
    case 'stop':
      return await orderHosts(parts, act, signal);
    case 'enterStandby':
      return await enterStandby(parts, act.target, signal);
    case 'exitStandby':
      return await exitStandby(parts, act.target, signal);
    case 'resize':
      return await resize(parts, act.desired, signal);
    case 'replace':
      return await replace(parts, act, signal);
    case 'terminate':
      return await terminate(parts, act.target, signal);
  }
};

/** Not counted and not served any more, so Auto Scaling launches another in its place; the desired capacity stays. */
const enterStandby = async (
  { clients, fleet }: ActuatorParts,
  { instanceId }: Target,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new EnterStandbyCommand({
    AutoScalingGroupName: fleet.group,
    InstanceIds: [instanceId],
    ShouldDecrementDesiredCapacity: false,
  });
  const result = await mutate('autoscaling:EnterStandby', abortSignal, async () => {
    const answer = await clients.once.autoScaling.send(command, { abortSignal });
    return done(answer.Activities?.[0]?.Description ?? 'Auto Scaling lets it stand by');
  });
  // Said of an instance in any other state; the next reading of the group tells which.
  return meant(result, 'ValidationError', /not in InService/i, 'out of service already');
};

/** A second call finds it in service, and takes no second place. */
const exitStandby = async (
  { clients, fleet }: ActuatorParts,
  { instanceId }: Target,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new ExitStandbyCommand({
    AutoScalingGroupName: fleet.group,
    InstanceIds: [instanceId],
  });
  const result = await mutate('autoscaling:ExitStandby', abortSignal, async () => {
    const answer = await clients.once.autoScaling.send(command, { abortSignal });
    return done(answer.Activities?.[0]?.Description ?? 'Auto Scaling puts it back in service');
  });
  return meant(result, 'ValidationError', /not in Standby/i, 'not standing by any more');
};

/** Says what the capacity shall be, not by how much it shall change: so it may come twice. */
const resize = async (
  { clients, fleet }: ActuatorParts,
  desired: number,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new SetDesiredCapacityCommand({
    AutoScalingGroupName: fleet.group,
    DesiredCapacity: desired,
    HonorCooldown: false,
  });
  return await mutate('autoscaling:SetDesiredCapacity', abortSignal, async () => {
    await clients.once.autoScaling.send(command, { abortSignal });
    return done(`desired capacity is ${desired}`);
  });
};

/**
 * Without `shrink` the desired capacity stays, so Auto Scaling launches a newcomer for whoever counted. It waits for
 * deregistration and hooks first. A repeated call with `shrink` finds the instance on its way out and takes no second place.
 */
const replace = async (
  { clients }: ActuatorParts,
  { target: { instanceId }, shrink }: Pick<Extract<Act, { kind: 'replace' }>, 'target' | 'shrink'>,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const command = new TerminateInstanceInAutoScalingGroupCommand({
    InstanceId: instanceId,
    ShouldDecrementDesiredCapacity: shrink,
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
