/** Powers hosts on and off as their instances change, and tells moto when it is done. */
import {
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Hypervisor } from '../parts.ts';
import type { Clients } from './clients.ts';
import type { Instance, InstanceState } from './instance.ts';

export interface Power {
  /** Never rejects: an instance that cannot start is terminated. */
  boot: (instance: Instance) => Promise<void>;
  restart: (instance: Instance) => void;
  down: (instance: Instance, how: 'graceful' | 'cut') => void;
  /** Cuts the host's power behind EC2's back. */
  lose: (instance: Instance) => Promise<void>;
}

export interface PowerParts {
  readonly moto: Clients;
  readonly hypervisor: Hypervisor;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly pendingMs: () => number;
  readonly onFailure: (what: string, error: unknown) => void;
  readonly change: (instance: Instance, state: InstanceState) => void;
}

export const createPower = (parts: PowerParts): Power => {
  const { moto, hypervisor, onFailure, change } = parts;
  const boot = async (instance: Instance): Promise<void> => {
    const { id: instanceId, address, zone, group, userData } = instance;
    instance.powerLostAtMs = null;
    try {
      await Promise.all([
        parts.sleep(parts.pendingMs()),
        hypervisor.powerOn({ instanceId, address, zone, group, userData }),
      ]);
      if (instance.state === 'pending') change(instance, 'running');
    } catch (error) {
      onFailure(`power on ${instanceId}`, error);
      await finish(instance, 'terminated');
    }
  };
  const finish = async (instance: Instance, state: 'stopped' | 'terminated'): Promise<void> => {
    const ids = { InstanceIds: [instance.id] };
    if (state === 'stopped') await moto.ec2.send(new StopInstancesCommand(ids));
    else await moto.ec2.send(new TerminateInstancesCommand(ids));
    change(instance, state);
  };
  /** A cut does not wait for a graceful shutdown that is under way: it ends it. */
  const down = (instance: Instance, how: 'graceful' | 'cut'): void => {
    const before = how === 'cut' && instance.state !== 'pending' ? null : instance.power;
    const run = async (): Promise<void> => {
      await before;
      await hypervisor.powerOff(instance.id, how);
      if (instance.state === 'shutting-down') await finish(instance, 'terminated');
      if (instance.state === 'stopping') await finish(instance, 'stopped');
    };
    instance.power = run().catch((error: unknown) => onFailure(`power off ${instance.id}`, error));
  };
  const restart = (instance: Instance): void => {
    const run = async (): Promise<void> => {
      await moto.ec2.send(new StartInstancesCommand({ InstanceIds: [instance.id] }));
      await boot(instance);
    };
    instance.power = run().catch((error: unknown) => onFailure(`start ${instance.id}`, error));
  };
  const lose = async (instance: Instance): Promise<void> => {
    instance.powerLostAtMs = Date.now();
    await hypervisor.powerOff(instance.id, 'cut');
  };
  return { boot, restart, down, lose };
};
