/** Turns instances into hosts: what EC2 does below the API. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Line, NEWEST } from '../lines.ts';
import type { Network } from '../network.ts';
import { type HostSpec, type Hypervisor, PLAN, type ScriptResult } from '../parts.ts';
import { createDiscovery, DISCOVERY } from './discovery.ts';
import { bootHost, type Host, type UnitSettings } from './host.ts';
import { readUserData } from './user-data.ts';

export interface HypervisorOptions {
  readonly network: Network;
  /** Of Hazelcast; the newest when not said. */
  readonly line?: Line;
  /** Home of the JDK that hosts have. */
  readonly javaHome: string;
  /** Folder for the logs of this run, one file an instance. */
  readonly logs: string;
  /** Variables for an instance's API server (lab/member, Settings.java): `CLUSTER_NAME`, `BOOT_DELAY_MS`, ... */
  readonly environment?: (spec: HostSpec) => Readonly<Record<string, string>>;
  readonly unit?: Partial<UnitSettings>;
  /** Time from power-on until the operating system is up, on top of what it really takes here. */
  readonly bootDelayMs?: number;
}

/** The hypervisor, and the lab's own way into a host, which needs no agent. */
export interface LabHypervisor extends Hypervisor {
  exec(instanceId: string, script: string, signal: AbortSignal): Promise<ScriptResult>;
  /** From now on the instance has no SSM agent: a broken one, or an image without it. */
  removeAgent(instanceId: string): void;
}

const UNIT: UnitSettings = {
  // systemd's defaults. Where people put their own units: /etc.
  restart: 'no',
  stopTimeoutMs: 90_000,
  unitDirectory: '/etc/systemd/system',
};

/** An instance that has power. */
interface Powered {
  readonly spec: HostSpec;
  readonly off: AbortController;
  /** `null` until its operating system is up. */
  host: Host | null;
  /** On its way down: EC2's `shutting-down`. */
  leaving: boolean;
  /** Resolves when nothing is left of it. */
  gone: Promise<void>;
}

export const createHypervisor = (options: HypervisorOptions): LabHypervisor => {
  const instances = new Map<string, Powered>();
  const agentless = new Set<string>();
  const publishRunning = createDiscovery();
  const publish = serialised(() =>
    publishRunning(
      [...instances.values()].filter(({ leaving }) => !leaving).map(({ spec }) => spec),
    ),
  );

  const boot = async (instance: Powered): Promise<void> => {
    const { spec, off } = instance;
    await sleep(options.bootDelayMs ?? 0, undefined, { signal: off.signal });
    await options.network.addHost({ name: spec.instanceId, ...spec });
    instance.host = await bootHost(spec, {
      unit: { ...UNIT, ...options.unit },
      line: options.line ?? NEWEST,
      javaHome: options.javaHome,
      discovery: DISCOVERY,
      environment: { ...options.environment?.(spec), ...readUserData(spec.userData ?? '') },
      logFile: join(options.logs, `${spec.instanceId}.log`),
    });
    if (!off.signal.aborted) return;
    instance.host.kill();
    throw new Error(`host ${spec.instanceId} was powered off while it booted`);
  };

  const bury = async (instance: Powered, booted: Promise<void>): Promise<void> => {
    await booted.catch(() => {});
    await instance.host?.whenOff;
    try {
      await options.network.removeHost(instance.spec.instanceId);
    } finally {
      instances.delete(instance.spec.instanceId);
      await publish();
    }
  };

  const hostOf = (instanceId: string): Host => {
    const host = instances.get(instanceId)?.host;
    if (host == null) throw new Error(`host ${instanceId} is off`);
    return host;
  };

  const hasAgent = (instanceId: string): boolean => {
    const instance = instances.get(instanceId);
    const up = instance?.host != null && !instance.leaving;
    return up && !agentless.has(instanceId);
  };

  return {
    async powerOn(spec) {
      if (instances.has(spec.instanceId)) throw new Error(`host ${spec.instanceId} is on`);
      const instance: Powered = {
        spec,
        off: new AbortController(),
        host: null,
        leaving: false,
        gone: Promise.resolve(),
      };
      instances.set(spec.instanceId, instance);
      await publish();
      const booted = boot(instance);
      instance.gone = bury(instance, booted);
      // Whoever powers it off hears of a failure; a host that went by itself may have nobody who waits.
      instance.gone.catch(() => {});
      await booted;
    },

    async powerOff(instanceId, how) {
      const instance = instances.get(instanceId);
      if (instance === undefined) return;
      instance.leaving = true;
      instance.off.abort();
      if (how === 'cut') await options.network.unplug(instanceId);
      if (how === 'cut') instance.host?.kill();
      else await instance.host?.shutDown();
      await publish();
      await instance.gone;
    },

    isOn: (instanceId) => instances.get(instanceId)?.host != null,
    hasAgent,

    async run(instanceId, script, environment, signal) {
      if (!hasAgent(instanceId)) throw new Error(`no SSM agent runs on ${instanceId}`);
      const agent = { AWS_SSM_INSTANCE_ID: instanceId, AWS_SSM_REGION_NAME: PLAN.region };
      return await hostOf(instanceId).exec(script, { ...environment, ...agent }, signal);
    },

    removeAgent: (instanceId) => void agentless.add(instanceId),

    exec: async (instanceId, script, signal) => await hostOf(instanceId).exec(script, {}, signal),
  };
};

/** Runs one call at a time, in order. */
const serialised = (act: () => Promise<void>): (() => Promise<void>) => {
  let last = Promise.resolve();
  return () => {
    last = last.catch(() => {}).then(act);
    return last;
  };
};
