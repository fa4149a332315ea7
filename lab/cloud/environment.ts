/** One execution environment of a function: a process in its namespace, frozen between invocations. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AS_A_MACHINE } from '../as-a-machine.ts';

export interface EnvironmentSpec {
  /** Network namespace; `null` runs in the caller's. */
  readonly namespace: string | null;
  readonly memoryMb: number;
  /** Complete: nothing is inherited. */
  readonly variables: Readonly<Record<string, string>>;
  readonly onOutput: (text: string) => void;
}

export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Answer =
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly error: FunctionError }
  /** The process is gone: crashed, killed, or out of time. */
  | { readonly kind: 'died'; readonly error: FunctionError };

export interface Environment {
  /** Resolves with the time its modules took to load, or with what broke. */
  readonly ready: Promise<{ initMs: number } | { error: FunctionError }>;
  /** Thaws, runs one event, freezes again. */
  invoke: (event: string, about: InvokeContext) => Promise<Answer>;
  kill: () => Promise<void>;
  readonly isAlive: () => boolean;
}

export interface InvokeContext {
  readonly requestId: string;
  readonly arn: string;
  readonly deadlineMs: number;
  readonly timeoutS: number;
}

type Message =
  | { readonly kind: 'ready'; readonly initMs: number }
  | { readonly kind: 'broken'; readonly error: FunctionError }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'error'; readonly error: FunctionError };

type Died = Extract<Answer, { kind: 'died' }>;

const RUNTIME = fileURLToPath(new URL('./runtime.mjs', import.meta.url));

/** Node's share of a function's memory, as Lambda's own bootstrap sets it. */
const HEAP_SHARE = 0.9;

export const startEnvironment = (spec: EnvironmentSpec): Environment => {
  const child = start(spec);
  const exited = new Promise<FunctionError>((resolve) => {
    child.once('exit', (code, signal) => resolve(exitError(code, signal)));
    child.once('error', (error) => resolve(exitError(error.message, null)));
  });
  let isAlive = true;
  void exited.then(() => (isAlive = false));
  const whenExited = exited.then((error): Died => ({ kind: 'died', error }));
  const next = async (): Promise<Message | Died> =>
    await new Promise((resolve) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own runtime sent it
      child.once('message', (message: unknown) => resolve(message as Message));
      void whenExited.then(resolve);
    });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const first = next();
  const ready = first.then((message) => {
    if (message.kind === 'ready') {
      child.kill('SIGSTOP');
      return { initMs: message.initMs };
    }
    return { error: message.kind === 'result' ? exitError(null, null) : message.error };
  });
  const invoke = async (event: string, about: InvokeContext): Promise<Answer> => {
    const answered = next();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, about.timeoutS * 1000);
    child.kill('SIGCONT');
    if (child.connected) child.send({ event, ...about });
    const message = await answered;
    clearTimeout(timer);
    // What it printed before it answered is in another pipe, which is read in this turn.
    await turn();
    if (message.kind === 'result' || message.kind === 'error') {
      child.kill('SIGSTOP');
      return message;
    }
    if (isLate || message.kind === 'ready') return { kind: 'died', error: timeoutError(about) };
    return { kind: 'died', error: message.error };
  };
  return { ready, invoke, kill, isAlive: () => isAlive };
};

const start = ({ namespace, memoryMb, variables, onOutput }: EnvironmentSpec): ChildProcess => {
  const heapMb = Math.floor(memoryMb * HEAP_SHARE);
  const node = [process.execPath, `--max-old-space-size=${heapMb}`, RUNTIME];
  const command = namespace === null ? node : ['ip', 'netns', 'exec', namespace, ...node];
  const [file = '', ...rest] = command;
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ipc'];
  const child = spawn(file, rest, { env: variables, stdio, ...AS_A_MACHINE });
  child.stdout?.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
  return child;
};

const exitError = (code: number | string | null, signal: string | null): FunctionError => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `Error: Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code ?? '?'}`}`,
});

const timeoutError = ({ requestId, timeoutS }: InvokeContext): FunctionError => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutS.toFixed(2)} seconds`,
});
