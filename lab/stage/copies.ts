/** Which sessions members hold a copy of, as they tell from their own memory: nobody else is waited for. */
import type { LabHypervisor } from '../host/hypervisor.ts';

const SWITCH_PORT = 9090;
const DEADLINE_MS = 15_000;
/** The last line: an answer without it was cut short. */
const END = 'end';

const ASK = `exec 5<>/dev/tcp/127.0.0.1/${SWITCH_PORT}
  printf 'GET /copies HTTP/1.0\\r\\n\\r\\n' >&5
  while IFS= read -r line; do echo "$line"; [[ $line == ${END} ]] && break; done <&5`;

const SESSION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @returns session ids. @throws Error when one of them does not tell: no answer is not "no copies". */
export const copiesOn = async (
  hypervisor: Pick<LabHypervisor, 'exec'>,
  instanceIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const told = await Promise.all(
    instanceIds.map(async (instanceId) => {
      const signal = AbortSignal.timeout(DEADLINE_MS);
      const { stdout, stderr } = await hypervisor.exec(instanceId, ASK, signal);
      const lines = stdout.split('\n').map((line) => line.trim());
      if (!lines.includes(END))
        throw new Error(`${instanceId} tells no copies: ${stdout}${stderr}`);
      return lines.filter((line) => SESSION.test(line));
    }),
  );
  return new Set(told.flat());
};
