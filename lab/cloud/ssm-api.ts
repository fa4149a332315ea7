/** SSM calls: Run Command and the list of agents. */
import type { Hypervisor } from '../parts.ts';
import { AwsError } from './aws-error.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Instance, Instances } from './instances.ts';
import { page } from './page.ts';
import {
  optionalNumber,
  optionalText,
  type Parameters,
  record,
  records,
  text,
  texts,
} from './parameters.ts';
import { type Invocation, newCommandId, type Ssm } from './ssm.ts';
import { type Agent, checkValues, scriptsOf } from './ssm-document.ts';
import { reply } from './wire.ts';

export interface SsmApiParts {
  readonly ssm: Ssm;
  readonly instances: Instances;
  readonly hypervisor: Hypervisor;
  /** How old the hosts' agents are. */
  readonly agent: () => Agent;
}

const TIMEOUT_S_DEFAULT = 3600;

export const ssmHandlers = ({ ssm, instances, hypervisor, agent }: SsmApiParts): Handlers => {
  const send: Handler = async (call) => {
    const name = text(call.parameters, 'DocumentName');
    const document = ssm.documents.get(name);
    if (!document) throw new AwsError('InvalidDocument', `Document ${name} does not exist.`);
    const ids = texts(call.parameters, 'InstanceIds');
    if (ids.length === 0) throw new AwsError('ValidationException', 'The lab wants InstanceIds.');
    if (ids.length > 50) throw new AwsError('ValidationException', 'At most 50 InstanceIds.');
    if (new Set(ids).size < ids.length) throw new AwsError('DuplicateInstanceId', 'Id twice.');
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
    const found = ssm
      .all()
      .filter((each) => commandId === undefined || each.commandId === commandId)
      .filter((each) => instanceId === undefined || each.instanceId === instanceId)
      .map((each) => ({
        CommandId: each.commandId,
        InstanceId: each.instanceId,
        DocumentName: each.document,
        Comment: each.comment,
        RequestedDateTime: each.requestedAtMs / 1000,
        Status: each.state,
        StatusDetails: each.details,
      }));
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
  const describe: Handler = async (call) => {
    const wanted = wantedIds(call.parameters);
    const found = instances
      .all()
      .filter(({ state }) => state === 'running' || state === 'stopped')
      .filter(({ id }) => hypervisor.hasAgent(id))
      .filter(({ id }) => wanted === null || wanted.includes(id))
      .map((instance) => informationOf(instance));
    const { items, next } = page(found, call.parameters, { sizeDefault: 10, sizeMax: 50 });
    return reply(call, { InstanceInformationList: items, NextToken: next });
  };
  const informationOf = (instance: Instance): object => {
    const isOnline = hypervisor.isOn(instance.id) && !ssm.isHeld(instance.id);
    return {
      InstanceId: instance.id,
      PingStatus: isOnline ? 'Online' : 'ConnectionLost',
      LastPingDateTime: Date.now() / 1000,
      AgentVersion: agent() === 'current' ? '3.3.2746.0' : '3.2.582.0',
      IsLatestVersion: agent() === 'current',
      PlatformType: 'Linux',
      PlatformName: 'Amazon Linux',
      PlatformVersion: '2023',
      ResourceType: 'EC2Instance',
      IPAddress: instance.address,
    };
  };
  return {
    ssm: {
      SendCommand: send,
      GetCommandInvocation: get,
      ListCommandInvocations: listInvocations,
      CancelCommand: cancel,
      DescribeInstanceInformation: describe,
    },
  };
};

const wantedIds = (parameters: Parameters): readonly string[] | null => {
  const byFilter = records(parameters, 'Filters').find((each) => each['Key'] === 'InstanceIds');
  if (byFilter) return texts(byFilter, 'Values');
  const older = records(parameters, 'InstanceInformationFilterList');
  const byOlder = older.find((each) => each['key'] === 'InstanceIds');
  return byOlder ? texts(byOlder, 'valueSet') : null;
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
