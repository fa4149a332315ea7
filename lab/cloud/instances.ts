/** EC2 instances and their hosts: moto stores them, the hypervisor runs them, this file keeps both true to each other. */
import type { Hypervisor } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import type { Clients } from './clients.ts';
import type { EmitEvent } from './emit.ts';
import { readInstances } from './identity.ts';
import type { Instance, InstanceState } from './instance.ts';
import { createPower } from './power.ts';

export interface Instances {
  /** `undefined` for an instance that never was. */
  find: (id: string) => Instance | undefined;
  /** @throws AwsError `InvalidInstanceID.NotFound`. */
  require: (id: string) => Instance;
  all: () => readonly Instance[];
  /** Takes in instances that moto has just created, and powers them on. */
  adopt: (ids: readonly string[]) => Promise<void>;
  terminate: (ids: readonly string[], how: 'graceful' | 'cut') => readonly Transition[];
  stop: (ids: readonly string[], how: 'graceful' | 'cut') => readonly Transition[];
  start: (ids: readonly string[]) => readonly Transition[];
  /** The host is off from one moment to the next, no FIN or RST, and EC2 goes on calling it running. Resolves when it is off. */
  losePower: (id: string) => Promise<void>;
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
  const { moto, emit } = parts;
  const instances = new Map<string, Instance>();
  const listeners = new Set<(instance: Instance) => void>();

  const change = (instance: Instance, state: InstanceState): void => {
    if (instance.state === state) return;
    instance.state = state;
    instance.runningSinceMs = state === 'running' ? Date.now() : null;
    emit('aws.ec2', 'EC2 Instance State-change Notification', {
      'instance-id': instance.id,
      state,
    });
    for (const listener of listeners) listener(instance);
  };
  const require = (id: string): Instance => {
    const found = instances.get(id);
    if (found) return found;
    throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  };
  const power = createPower({ ...parts, change });
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
    require,
    all: () => [...instances.values()],
    adopt: async (ids) => {
      const known = await readInstances(moto, ids);
      for (const instance of known) {
        instances.set(instance.id, instance);
        emit('aws.ec2', 'EC2 Instance State-change Notification', {
          'instance-id': instance.id,
          state: 'pending',
        });
        instance.power = power.boot(instance);
      }
    },
    terminate: (ids, how) =>
      move(ids, (instance) => {
        if (instance.state === 'terminated') return;
        if (instance.state === 'shutting-down' && how === 'graceful') return;
        power.down(instance, how);
        change(instance, 'shutting-down');
      }),
    stop: (ids, how) =>
      move(ids, (instance) => {
        if (instance.state !== 'running' && !(instance.state === 'stopping' && how === 'cut')) {
          if (instance.state === 'stopping' || instance.state === 'stopped') return;
          throw incorrectState(instance, 'stopped');
        }
        power.down(instance, how);
        change(instance, 'stopping');
      }),
    start: (ids) =>
      move(ids, (instance) => {
        if (instance.state === 'running' || instance.state === 'pending') return;
        if (instance.state !== 'stopped') throw incorrectState(instance, 'started');
        change(instance, 'pending');
        power.restart(instance);
      }),
    losePower: async (id) => await power.lose(require(id)),
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
