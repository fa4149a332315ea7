/** SSM Run Command: delivers our own documents to the hosts, as late and as lossy as AWS may. */
import { randomUUID } from 'node:crypto';
import type { Hypervisor } from '../parts.ts';
import type { SsmDocument, SsmScript } from './ssm-document.ts';
import { createExecution, finish } from './ssm-execution.ts';
import { createMarks } from './ssm-marks.ts';

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
  /** Keeps commands for an instance, or only those of one document, from being delivered. @returns releases them. */
  hold: (instanceId: string, document?: string) => () => void;
  /** Lets a document end with exit code 1 on an instance, before its script begins. @returns ends it. */
  fail: (instanceId: string, document: string) => () => void;
  /** Every command for it, as when its agent is not connected. */
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

export interface SsmParts {
  readonly hypervisor: Hypervisor;
  readonly settings: SsmSettings;
  readonly sleep: (ms: number) => Promise<unknown>;
}

export const createSsm = ({ hypervisor, settings, sleep }: SsmParts): Ssm => {
  const invocations = new Map<string, Invocation>();
  const held = createMarks();
  const failing = createMarks();
  // Whatever EC2 calls it: the agent of a host that is being shut down fetches its orders until the host is off.
  const isReachable = ({ instanceId: id, document }: Invocation): boolean =>
    !held.has(id) && !held.has(id, document) && hypervisor.isOn(id) && hypervisor.hasAgent(id);

  const execute = createExecution({
    hypervisor,
    settings,
    sleep,
    isReachable,
    isFailing: ({ instanceId, document }) => failing.has(instanceId, document),
  });
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
    isHeld: (id) => held.has(id),
    hold: held.add,
    fail: failing.add,
    stop: () => {
      for (const invocation of invocations.values()) invocation.abort.abort();
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
