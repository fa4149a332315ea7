/** What became of a command that SSM took: each host's own last line, or SSM's word for why there is none. */
import {
  type CommandInvocation,
  paginateListCommandInvocations,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { CommandResult, CommandStatus, InstanceId } from '../../core/observation.ts';
import type { AskedHosts } from '../../ports.ts';
import { CallFailed, pagesOf, within } from './call.ts';

const STATUS_DEADLINE_MS = 2_000;
/** SSM's largest page. */
const PAGE_SIZE = 50;

/**
 * One result for each host that was asked. Never rejects. One attempt: the next tick asks again, and back-off after
 * throttling would make this one late.
 */
export const readCommandResults = async (
  client: SSMClient,
  asked: AskedHosts,
  signal: AbortSignal,
): Promise<readonly CommandResult[]> => {
  const { commandId, instanceIds } = asked;
  const all = (status: CommandStatus): readonly CommandResult[] =>
    instanceIds.map((instanceId) => ({ commandId, instanceId, ...status }));
  try {
    const told = await readInvocations(client, commandId, within(STATUS_DEADLINE_MS, signal));
    return instanceIds.map((instanceId) => ({
      commandId,
      instanceId,
      // SSM is eventually consistent: an invocation shows up some time after SendCommand.
      ...(told.get(instanceId) ?? { status: 'pending' }),
    }));
  } catch (error) {
    const detail = error instanceof CallFailed ? error.message : String(error);
    return all({ status: 'unknown', detail });
  }
};

const readInvocations = async (
  client: SSMClient,
  commandId: string,
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<InstanceId, CommandStatus>> => {
  const pages = await pagesOf(
    'ssm:ListCommandInvocations',
    paginateListCommandInvocations(
      { client, pageSize: PAGE_SIZE },
      { CommandId: commandId, Details: true },
      { abortSignal },
    ),
  );
  return new Map(
    pages
      .flatMap((page) => page.CommandInvocations ?? [])
      .map((invocation) => [invocation.InstanceId ?? '', statusOf(invocation)]),
  );
};

const statusOf = (invocation: CommandInvocation): CommandStatus => {
  const detail = lastLineOf(invocation);
  switch (invocation.Status) {
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
      return { status: 'unknown', detail: `SSM says ${String(invocation.Status)}` };
  }
};

/** The agent puts what the script wrote to stderr behind this line. */
const ERROR_MARK = '----------ERROR-------';

/** The documents end with one line for people on stdout. */
const lastLineOf = ({ CommandPlugins, StatusDetails, Status }: CommandInvocation): string => {
  const lines = (CommandPlugins ?? [])
    .flatMap(({ Output }) => (Output ?? '').split(ERROR_MARK)[0]?.split('\n') ?? [])
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.at(-1) ?? StatusDetails ?? Status ?? 'no output';
};
