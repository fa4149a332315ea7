/** One command on one host, from its dispatch to its report. */
import type { Hypervisor } from '../parts.ts';
import type { CommandState, Invocation, Order, SsmSettings } from './ssm.ts';
import type { SsmScript } from './ssm-document.ts';

/** `GetCommandInvocation` cuts longer output. */
const STDOUT_LENGTH_MAX = 24_000;
const STDERR_LENGTH_MAX = 8_000;
/** How often an undelivered command is tried again. */
const RETRY_MS = 100;

export interface ExecutionParts {
  readonly hypervisor: Hypervisor;
  readonly settings: SsmSettings;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly isReachable: (invocation: Invocation) => boolean;
  readonly isFailing: (invocation: Invocation) => boolean;
}

type Execution = (order: Order, invocation: Invocation) => Promise<void>;

export const createExecution = (parts: ExecutionParts): Execution => {
  const { hypervisor, settings, sleep, isReachable, isFailing } = parts;
  const deliver = async (invocation: Invocation, deliveryMs: number): Promise<boolean> => {
    const until = invocation.requestedAtMs + deliveryMs;
    await sleep(settings.dispatchMs);
    while (!isReachable(invocation)) {
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
  return async ({ scripts, deliveryMs }, invocation) => {
    if (!(await deliver(invocation, deliveryMs))) return;
    invocation.state = 'InProgress';
    invocation.details = 'InProgress';
    invocation.startedAtMs = Date.now();
    // The output is only known with the report.
    const result = { ...invocation, exitCode: 0 };
    const fails = isFailing(invocation);
    if (fails) Object.assign(result, { exitCode: 1, stdout: 'failed by the lab\n' });
    for (const step of fails ? [] : scripts) {
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
};

export const finish = (invocation: Invocation, state: CommandState, details: string): void => {
  invocation.state = state;
  invocation.details = details;
  invocation.endedAtMs = Date.now();
};

const cut = (text: string, lengthMax: number): string => {
  const mark = '\n---Output truncated---';
  return text.length <= lengthMax ? text : text.slice(0, lengthMax - mark.length) + mark;
};
