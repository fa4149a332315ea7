/** An observer in a process of its own, which can be frozen as Lambda freezes an environment between two looks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Target } from '../../src/core/observation.ts';

const LOOKER = fileURLToPath(new URL('./looker.ts', import.meta.url));
const LOOK_MS = 30_000;

export interface FrozenObserver {
  /** One look: the canaries of all members, in their order. */
  readonly look: () => Promise<string>;
  readonly freeze: (ms: number) => Promise<void>;
  readonly stop: () => void;
}

export const startFrozen = async (
  version: string,
  members: readonly Target[],
): Promise<FrozenObserver> => {
  const targets = members.map(({ instanceId, address }) => ({ instanceId, address }));
  const args = [LOOKER, version, JSON.stringify(targets)];
  // Its standard input ends with this process, and with that it ends.
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  await once(child, 'spawn');
  return {
    look: async () => {
      const line = once(child.stdout, 'data', { signal: AbortSignal.timeout(LOOK_MS) });
      child.stdin.write('look\n');
      const [text] = (await line) as [string];
      return text.trim();
    },
    freeze: async (ms) => {
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill('SIGCONT');
    },
    stop: () => void child.kill('SIGKILL'),
  };
};
