/** SSM calls: Run Command and the list of agents. */
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import { page } from './page.ts';
import {
  optionalNumber,
  optionalText,
  type Parameters,
  record,
  text,
  texts,
} from './parameters.ts';
import { type Invocation, newCommandId } from './ssm.ts';
import { agentHandlers, type SsmApiParts } from './ssm-agents-api.ts';
import { checkValues, scriptsOf } from './ssm-document.ts';
import { reply } from './wire.ts';

const TIMEOUT_S_DEFAULT = 3600;

export const ssmHandlers = (parts: SsmApiParts): Handlers => {
  const { ssm, instances, hypervisor, agent } = parts;
  const send: Handler = async (call) => {
    const name = text(call.parameters, 'DocumentName');
    const document = ssm.documents.get(name);
    if (!document) throw new AwsError('InvalidDocument', `Document ${name} does not exist.`);
    const ids = readIds(call.parameters);
    const values = checkValues(document, record(call.parameters, 'Parameters'));
    for (const id of ids) checkInstance(id);
    const timeoutS = optionalNumber(call.parameters, 'TimeoutSeconds') ?? TIMEOUT_S_DEFAULT;
    if (timeoutS < 30) throw new AwsError('ValidationException', 'TimeoutSeconds: at least 30.');
    const commandId = newCommandId();
    const comment = optionalText(call.parameters, 'Comment') ?? '';
    const scripts = scriptsOf(document, values, agent());
    for (const instanceId of ids) {
      const deliveryMs = timeoutS * 1000;
      ssm.send({ commandId, instanceId, document: name, comment, scripts, deliveryMs });
    }
    const Command = {
      CommandId: commandId,
      DocumentName: name,
      Comment: comment,
      Parameters: values,
      InstanceIds: ids,
      Status: 'Pending',
      StatusDetails: 'Pending',
      RequestedDateTime: Date.now() / 1000,
      TimeoutSeconds: timeoutS,
      TargetCount: ids.length,
    };
    return reply(call, { Command });
  };
  const checkInstance = (id: string): void => {
    const state = instances.find(id)?.state;
    const isGone = state === undefined || state === 'shutting-down' || state === 'terminated';
    if (!isGone && hypervisor.hasAgent(id)) return;
    throw new AwsError('InvalidInstanceId', `Instances [[${id}]] not in a valid state for account`);
  };
  const get: Handler = async (call) => {
    const commandId = text(call.parameters, 'CommandId');
    const found = ssm.find(commandId, text(call.parameters, 'InstanceId'));
    if (!found || Date.now() - found.requestedAtMs < ssm.settings.unknownMs) {
      throw new AwsError('InvocationDoesNotExist', '');
    }
    return reply(call, invocationOf(found));
  };
  const listInvocations: Handler = async (call) => {
    const commandId = optionalText(call.parameters, 'CommandId');
    const instanceId = optionalText(call.parameters, 'InstanceId');
    const isDetailed = call.parameters['Details'] === true;
    const found = ssm
      .all()
      .filter((each) => Date.now() - each.requestedAtMs >= ssm.settings.unknownMs)
      .filter((each) => commandId === undefined || each.commandId === commandId)
      .filter((each) => instanceId === undefined || each.instanceId === instanceId)
      .map((each) => ({ ...listedOf(each), ...(isDetailed ? pluginsOf(each) : {}) }));
    const { items, next } = page(found, call.parameters, { sizeDefault: 50, sizeMax: 50 });
    return reply(call, { CommandInvocations: items, NextToken: next });
  };
  const cancel: Handler = async (call) => {
    const commandId = text(call.parameters, 'CommandId');
    const ids = texts(call.parameters, 'InstanceIds');
    const found = ssm.all().filter((each) => each.commandId === commandId);
    if (found.length === 0) throw new AwsError('InvalidCommandId', '');
    for (const each of found) {
      const isOpen = each.state === 'Pending' || each.state === 'InProgress';
      if (!isOpen || (ids.length > 0 && !ids.includes(each.instanceId))) continue;
      each.state = 'Cancelled';
      each.details = 'Cancelled';
      each.abort.abort();
    }
    return reply(call, {});
  };
  return {
    ssm: {
      SendCommand: send,
      GetCommandInvocation: get,
      ListCommandInvocations: listInvocations,
      CancelCommand: cancel,
      ...agentHandlers(parts)['ssm'],
    },
  };
};

const readIds = (parameters: Parameters): readonly string[] => {
  const ids = texts(parameters, 'InstanceIds');
  if (ids.length === 0) throw new AwsError('ValidationException', 'The lab wants InstanceIds.');
  if (ids.length > 50) throw new AwsError('ValidationException', 'At most 50 InstanceIds.');
  if (new Set(ids).size < ids.length) throw new AwsError('DuplicateInstanceId', 'Id twice.');
  return ids;
};

const listedOf = (invocation: Invocation): object => ({
  CommandId: invocation.commandId,
  InstanceId: invocation.instanceId,
  DocumentName: invocation.document,
  Comment: invocation.comment,
  RequestedDateTime: invocation.requestedAtMs / 1000,
  Status: invocation.state,
  StatusDetails: invocation.details,
});

/** AWS keeps the first 2,500 characters of a plugin's output; errors follow behind a line of their own. */
const PLUGIN_OUTPUT_LENGTH_MAX = 2_500;

const pluginsOf = ({ state, details, exitCode, stdout, stderr }: Invocation): object => {
  const errors = stderr === '' ? '' : `\n----------ERROR-------\n${stderr}`;
  const Output = `${stdout}${errors}`.slice(0, PLUGIN_OUTPUT_LENGTH_MAX);
  const plugin = { Status: state, StatusDetails: details, ResponseCode: exitCode, Output };
  return { CommandPlugins: [{ Name: 'aws:runShellScript', ...plugin }] };
};

const invocationOf = (invocation: Invocation): object => ({
  CommandId: invocation.commandId,
  InstanceId: invocation.instanceId,
  DocumentName: invocation.document,
  Comment: invocation.comment,
  Status: invocation.state,
  StatusDetails: invocation.details,
  ResponseCode: invocation.exitCode,
  StandardOutputContent: invocation.stdout,
  StandardErrorContent: invocation.stderr,
  ExecutionStartDateTime: isoOrEmpty(invocation.startedAtMs),
  ExecutionEndDateTime: isoOrEmpty(invocation.endedAtMs),
});

const isoOrEmpty = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());
