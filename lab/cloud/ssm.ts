/** SSM Run Command: delivers our own documents to the hosts, as late and as lossy as AWS may. */
import { randomUUID } from 'node:crypto';
import type { Hypervisor } from '../parts.ts';
import type { Instances } from './instances.ts';
import type { SsmDocument, SsmScript } from './ssm-document.ts';

export type CommandState =
  | 'Pending'
  | 'InProgress'
  | 'Success'
  | 'Failed'
  | 'TimedOut'
  | 'Cancelled';

export interface Invocation {
  readonly commandId: string;
  readonly instanceId: string;
  readonly document: string;
  readonly comment: string;
  readonly requestedAtMs: number;
  readonly abort: AbortController;
  state: CommandState;
  /** Finer than the state: `DeliveryTimedOut`, `ExecutionTimedOut`. */
  details: string;
  startedAtMs: number | null;
  endedAtMs: number | null;
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface SsmSettings {
  /** From `SendCommand` to the start of the script. */
  dispatchMs: number;
  /** From the end of the script to the moment the result can be read. */
  reportMs: number;
  /** How long `GetCommandInvocation` does not know a new command. */
  unknownMs: number;
}

export interface Ssm {
  readonly documents: Map<string, SsmDocument>;
  readonly settings: SsmSettings;
  send: (order: Order) => Invocation;
  find: (commandId: string, instanceId: string) => Invocation | undefined;
  all: () => readonly Invocation[];
  /** Keeps commands for an instance from being delivered. @returns releases them. */
  hold: (instanceId: string) => () => void;
  isHeld: (instanceId: string) => boolean;
  stop: () => void;
}

export interface Order {
  readonly commandId: string;
  readonly instanceId: string;
  readonly document: string;
  readonly comment: string;
  readonly scripts: readonly SsmScript[];
  /** After this long without delivery it never runs. */
  readonly deliveryMs: number;
}

/** `GetCommandInvocation` cuts longer output. */
const STDOUT_LENGTH_MAX = 24_000;
const STDERR_LENGTH_MAX = 8_000;
/** How often an undelivered command is tried again. */
const RETRY_MS = 100;

export interface SsmParts {
  readonly hypervisor: Hypervisor;
  readonly instances: Instances;
  readonly settings: SsmSettings;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export const createSsm = ({ hypervisor, instances, settings, sleep }: SsmParts): Ssm => {
  const invocations = new Map<string, Invocation>();
  const held = createHolds();
  const isReachable = (id: string): boolean =>
    !held.has(id) &&
    instances.find(id)?.state === 'running' &&
    hypervisor.isOn(id) &&
    hypervisor.hasAgent(id);

  const deliver = async (invocation: Invocation, deliveryMs: number): Promise<boolean> => {
    const until = invocation.requestedAtMs + deliveryMs;
    await sleep(settings.dispatchMs);
    while (!isReachable(invocation.instanceId)) {
      if (invocation.abort.signal.aborted) return false;
      if (Date.now() >= until) {
        finish(invocation, 'TimedOut', 'DeliveryTimedOut');
        return false;
      }
      await sleep(RETRY_MS);
    }
    return !invocation.abort.signal.aborted;
  };
  const runStep = async (invocation: Invocation, step: SsmScript): Promise<'ok' | 'timeout'> => {
    const timeout = AbortSignal.timeout(step.timeoutMs);
    const signal = AbortSignal.any([invocation.abort.signal, timeout]);
    try {
      const { script, environment } = step;
      const result = await hypervisor.run(invocation.instanceId, script, environment, signal);
      invocation.stdout += result.stdout;
      invocation.stderr += result.stderr;
      if (invocation.exitCode === 0) invocation.exitCode = result.exitCode;
      return 'ok';
    } catch {
      if (signal.aborted) return 'timeout';
      // The host went away under the script: AWS only knows that nothing comes back.
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return 'timeout';
    }
  };
  const execute = async ({ scripts, deliveryMs }: Order, invocation: Invocation): Promise<void> => {
    if (!(await deliver(invocation, deliveryMs))) return;
    invocation.state = 'InProgress';
    invocation.details = 'InProgress';
    invocation.startedAtMs = Date.now();
    // The output is only known with the report.
    const result = { ...invocation, exitCode: 0 };
    for (const step of scripts) {
      if ((await runStep(result, step)) === 'timeout') {
        if (!invocation.abort.signal.aborted) finish(invocation, 'TimedOut', 'ExecutionTimedOut');
        return;
      }
      if (result.exitCode !== 0 && step.exitsOnFailure) break;
    }
    await sleep(settings.reportMs);
    if (invocation.abort.signal.aborted) return;
    invocation.stdout = cut(result.stdout, STDOUT_LENGTH_MAX);
    invocation.stderr = cut(result.stderr, STDERR_LENGTH_MAX);
    invocation.exitCode = result.exitCode;
    const state = result.exitCode === 0 ? 'Success' : 'Failed';
    finish(invocation, state, state);
  };
  return {
    documents: new Map(),
    settings,
    send: (order) => {
      const { commandId, instanceId, document, comment } = order;
      const about = { commandId, instanceId, document, comment };
      const invocation = { ...about, ...fresh(), requestedAtMs: Date.now() };
      invocations.set(`${commandId} ${instanceId}`, invocation);
      execute(order, invocation).catch((error: unknown) => {
        invocation.stderr = String(error);
        finish(invocation, 'Failed', 'Failed');
      });
      return invocation;
    },
    find: (commandId, instanceId) => invocations.get(`${commandId} ${instanceId}`),
    all: () => [...invocations.values()],
    isHeld: held.has,
    hold: held.add,
    stop: () => {
      for (const invocation of invocations.values()) invocation.abort.abort();
    },
  };
};

/** Counted, because several faults may hold the same instance. */
const createHolds = () => {
  const counts = new Map<string, number>();
  const change = (id: string, by: number): void => {
    const left = (counts.get(id) ?? 0) + by;
    if (left > 0) counts.set(id, left);
    else counts.delete(id);
  };
  return {
    has: (id: string): boolean => counts.has(id),
    add: (id: string): (() => void) => {
      change(id, 1);
      return () => change(id, -1);
    },
  };
};

export const newCommandId = (): string => randomUUID();

type Fresh = Omit<
  Invocation,
  'commandId' | 'instanceId' | 'document' | 'comment' | 'requestedAtMs'
>;

const fresh = (): Fresh => ({
  abort: new AbortController(),
  state: 'Pending',
  details: 'Pending',
  startedAtMs: null,
  endedAtMs: null,
  exitCode: -1,
  stdout: '',
  stderr: '',
});

const finish = (invocation: Invocation, state: CommandState, details: string): void => {
  invocation.state = state;
  invocation.details = details;
  invocation.endedAtMs = Date.now();
};

const cut = (text: string, lengthMax: number): string => {
  const mark = '\n---Output truncated---';
  return text.length <= lengthMax ? text : text.slice(0, lengthMax - mark.length) + mark;
};
