/** What became of a command that SSM took: the host's own last line, or SSM's word for why there is none. */
import {
  GetCommandInvocationCommand,
  type GetCommandInvocationResult,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { CommandStatus, InstanceId } from '../../core/observation.ts';
import { CallFailed, call, within } from './call.ts';

const STATUS_DEADLINE_MS = 2_000;

interface Invocation {
  readonly commandId: string;
  readonly instanceId: InstanceId;
}

/** Never rejects. One attempt: the next tick asks again, and back-off after throttling would make this one late. */
export const readCommandStatus = async (
  client: SSMClient,
  { commandId, instanceId }: Invocation,
  signal: AbortSignal,
): Promise<CommandStatus> => {
  const command = new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId });
  const abortSignal = within(STATUS_DEADLINE_MS, signal);
  try {
    return statusOf(await call('ssm:GetCommandInvocation', client.send(command, { abortSignal })));
  } catch (error) {
    if (!(error instanceof CallFailed)) return { status: 'unknown', detail: String(error) };
    // SSM is eventually consistent: the invocation shows up some time after SendCommand.
    if (error.failure.code === 'InvocationDoesNotExist') return { status: 'pending' };
    return { status: 'unknown', detail: error.message };
  }
};

const statusOf = (answer: GetCommandInvocationResult): CommandStatus => {
  const detail = lastLineOf(answer);
  switch (answer.Status) {
    case 'Pending':
    case 'InProgress':
    case 'Delayed':
    case 'Cancelling':
      return { status: 'pending' };
    case 'Success':
      return { status: 'succeeded', detail };
    case 'Failed':
    case 'TimedOut':
    case 'Cancelled':
      return { status: 'failed', detail };
    case undefined:
      return { status: 'unknown', detail: 'SSM gave no status' };
    default:
      return { status: 'unknown', detail: `SSM says ${String(answer.Status)}` };
  }
};

/** The documents end with one line for people on stdout; the agent adds lines of its own to stderr. */
const lastLineOf = (answer: GetCommandInvocationResult): string => {
  const lines = [answer.StandardErrorContent, answer.StandardOutputContent]
    .flatMap((text) => (text ?? '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.at(-1) ?? answer.StatusDetails ?? answer.Status ?? 'no output';
};
