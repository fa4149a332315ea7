/** EC2 instances and their hosts: moto stores them, the hypervisor runs them, this file keeps both true to each other. */
import {
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Hypervisor, Zone } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import type { Clients } from './clients.ts';
import type { EmitEvent } from './emit.ts';

export type InstanceState =
  | 'pending'
  | 'running'
  | 'shutting-down'
  | 'terminated'
  | 'stopping'
  | 'stopped';

export interface Instance {
  readonly id: string;
  readonly zone: Zone;
  readonly subnetId: string;
  readonly address: string;
  state: InstanceState;
  /** `impaired` while a scenario says so. */
  checks: 'ok' | 'impaired';
  /** Settles when the last change of power is done. */
  power: Promise<void>;
}

export interface Instances {
  /** `undefined` for an instance that never was. */
  find: (id: string) => Instance | undefined;
  all: () => readonly Instance[];
  /** Takes in instances that moto has just created, and powers them on. */
  adopt: (ids: readonly string[]) => Promise<void>;
  terminate: (ids: readonly string[], how: 'graceful' | 'cut') => readonly Transition[];
  stop: (ids: readonly string[], how: 'graceful' | 'cut') => readonly Transition[];
  start: (ids: readonly string[]) => readonly Transition[];
  /** Resolves once the instance is in one of `states`. */
  until: (id: string, states: readonly InstanceState[]) => Promise<void>;
  onChange: (listener: (instance: Instance) => void) => void;
}

export interface Transition {
  readonly instance: Instance;
  readonly previous: InstanceState;
}

export interface InstancesParts {
  readonly moto: Clients;
  readonly hypervisor: Hypervisor;
  readonly emit: EmitEvent;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** How long an instance stays `pending`. */
  readonly pendingMs: () => number;
  readonly onFailure: (what: string, error: unknown) => void;
}

export const createInstances = (parts: InstancesParts): Instances => {
  const { moto, hypervisor, emit, onFailure } = parts;
  const instances = new Map<string, Instance>();
  const listeners = new Set<(instance: Instance) => void>();

  const change = (instance: Instance, state: InstanceState): void => {
    if (instance.state === state) return;
    instance.state = state;
    emit('aws.ec2', 'EC2 Instance State-change Notification', {
      'instance-id': instance.id,
      state,
    });
    for (const listener of [...listeners]) listener(instance);
  };
  const require = (id: string): Instance => {
    const found = instances.get(id);
    if (found) return found;
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  };
  const boot = async (instance: Instance): Promise<void> => {
    const { id: instanceId, address, zone } = instance;
    try {
      await Promise.all([
        parts.sleep(parts.pendingMs()),
        hypervisor.powerOn({ instanceId, address, zone }),
      ]);
      if (instance.state === 'pending') change(instance, 'running');
    } catch (error) {
      onFailure(`power on ${instanceId}`, error);
      await finish(instance, 'terminated');
    }
  };
  const finish = async (instance: Instance, state: 'stopped' | 'terminated'): Promise<void> => {
    const ids = { InstanceIds: [instance.id] };
    const command =
      state === 'stopped' ? new StopInstancesCommand(ids) : new TerminateInstancesCommand(ids);
    await moto.ec2.send(command as TerminateInstancesCommand);
    change(instance, state);
  };
  /** A cut does not wait for a graceful shutdown that is under way: it ends it. */
  const powerDown = (instance: Instance, how: 'graceful' | 'cut'): void => {
    const before = how === 'cut' && instance.state !== 'pending' ? null : instance.power;
    const down = async (): Promise<void> => {
      await before;
      await hypervisor.powerOff(instance.id, how);
      if (instance.state === 'shutting-down') await finish(instance, 'terminated');
      if (instance.state === 'stopping') await finish(instance, 'stopped');
    };
    instance.power = down().catch((error: unknown) => onFailure(`power off ${instance.id}`, error));
  };
  const move = (
    ids: readonly string[],
    apply: (instance: Instance) => void,
  ): readonly Transition[] =>
    ids.map(require).map((instance) => {
      const previous = instance.state;
      apply(instance);
      return { instance, previous };
    });

  return {
    find: (id) => instances.get(id),
    all: () => [...instances.values()],
    adopt: async (ids) => {
      const known = await describe(moto, ids);
      for (const instance of known) {
        instances.set(instance.id, instance);
        emit('aws.ec2', 'EC2 Instance State-change Notification', {
          'instance-id': instance.id,
          state: 'pending',
        });
        instance.power = boot(instance);
      }
    },
    terminate: (ids, how) =>
      move(ids, (instance) => {
        if (instance.state === 'terminated') return;
        if (instance.state === 'shutting-down' && how === 'graceful') return;
        powerDown(instance, how);
        change(instance, 'shutting-down');
      }),
    stop: (ids, how) =>
      move(ids, (instance) => {
        if (instance.state !== 'running' && !(instance.state === 'stopping' && how === 'cut')) {
          if (instance.state === 'stopping' || instance.state === 'stopped') return;
          throw incorrectState(instance, 'stopped');
        }
        powerDown(instance, how);
        change(instance, 'stopping');
      }),
    start: (ids) =>
      move(ids, (instance) => {
        if (instance.state === 'running' || instance.state === 'pending') return;
        if (instance.state !== 'stopped') throw incorrectState(instance, 'started');
        change(instance, 'pending');
        const restart = async (): Promise<void> => {
          await moto.ec2.send(new StartInstancesCommand({ InstanceIds: [instance.id] }));
          await boot(instance);
        };
        instance.power = restart().catch((error: unknown) =>
          onFailure(`start ${instance.id}`, error),
        );
      }),
    until: async (id, states) => {
      const instance = require(id);
      if (states.includes(instance.state)) return;
      await new Promise<void>((resolve) => {
        const listener = (changed: Instance): void => {
          if (changed.id !== id || !states.includes(changed.state)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
    },
    onChange: (listener) => void listeners.add(listener),
  };
};

const incorrectState = (instance: Instance, verb: string): AwsError =>
  new AwsError(
    'IncorrectInstanceState',
    `The instance '${instance.id}' is not in a state from which it can be ${verb}.`,
  );

const describe = async (moto: Clients, ids: readonly string[]): Promise<Instance[]> => {
  const described = await moto.ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
  const found = (described.Reservations ?? []).flatMap(
    (reservation) => reservation.Instances ?? [],
  );
  const subnets = await moto.ec2.send(new DescribeSubnetsCommand({}));
  const zones = new Map(subnets.Subnets?.map((each) => [each.SubnetId, each.AvailabilityZone]));
  return found.map((each) => ({
    id: each.InstanceId ?? '',
    subnetId: each.SubnetId ?? '',
    address: each.PrivateIpAddress ?? '',
    zone: zoneOf(zones.get(each.SubnetId) ?? each.Placement?.AvailabilityZone),
    state: 'pending',
    checks: 'ok',
    power: Promise.resolve(),
  }));
};

/** `eu-central-1b` is zone `b`. */
const zoneOf = (availabilityZone: string | undefined): Zone => {
  const letter = availabilityZone?.at(-1);
  return letter === 'b' || letter === 'c' ? letter : 'a';
};
