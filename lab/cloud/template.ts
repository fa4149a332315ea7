/** Deploys a generated CloudFormation template into the lab: what moto can hold goes there, what must behave comes here. */
import { NAMESPACES, type Zone } from '../parts.ts';
import type { Alarms } from './alarms.ts';
import type { Authority } from './iam/authority.ts';
import { checkExecutionRole } from './iam/execution-role.ts';
import { createResolver, type Resolver, type Resource, type Template } from './intrinsics.ts';
import { type FunctionSpec, type Lambda, lambdaArn } from './lambda.ts';
import {
  optionalNumber,
  optionalText,
  type Parameters,
  record,
  text,
  texts,
} from './parameters.ts';
import { parseRate, type Schedules } from './schedule.ts';
import type { Ssm } from './ssm.ts';
import { parseDocument } from './ssm-document.ts';
import type { Stores } from './stores.ts';

export interface DeployOptions {
  /** Where the handlers' paths start. */
  readonly codeDirectory: string;
  /** Values for the template's parameters. */
  readonly parameters?: Parameters;
  /** `false`: functions run in the lab's own namespace. */
  readonly usesNamespaces?: boolean;
}

export interface Deployment {
  /** Physical names by logical id. */
  readonly names: Readonly<Record<string, string>>;
  readonly functions: readonly string[];
  readonly schedules: readonly string[];
  readonly documents: readonly string[];
  readonly alarms: readonly string[];
  /** Resources that the lab keeps but does not act on. */
  readonly inert: readonly { readonly id: string; readonly type: string }[];
}

export interface DeployParts {
  readonly lambda: Lambda;
  readonly schedules: Schedules;
  readonly ssm: Ssm;
  readonly stores: Stores;
  readonly alarms: Alarms;
  readonly authority: Authority;
  readonly zoneOfSubnet: (subnetId: string) => Promise<Zone | null>;
}

/** Lambda's defaults. */
const MEMORY_MB = 128;
const TIMEOUT_S = 3;
const TIMEOUT_S_MAX = 900;
const RETRIES = 2;
const EVENT_AGE_S = 21_600;

type Deployer = (resource: Resource, properties: Parameters) => Promise<void>;

/** @throws when the template asks for something that the lab would have to pretend. */
export const deployTemplate = async (
  template: Template,
  options: DeployOptions,
  parts: DeployParts,
): Promise<Deployment> => {
  const resolver = createResolver(template, options.parameters ?? {});
  const { resources, nameOf, arnOf } = resolver;
  await deployRoles(resolver, parts.authority);
  const schedules: { resource: Resource; properties: Parameters }[] = [];
  const alarm: Deployer = async (resource, properties) =>
    parts.alarms.add(nameOf(resource), arnOf(resource), properties);
  const deployers: Readonly<Record<string, Deployer>> = {
    ...parts.stores.deployers(nameOf, arnOf),
    'AWS::CloudWatch::Alarm': alarm,
    'AWS::CloudWatch::CompositeAlarm': alarm,
    'AWS::Lambda::Permission': async (_, properties) => {
      const name = text(properties, 'FunctionName');
      parts.authority.addPermission(name.startsWith('arn:') ? name : lambdaArn(name), properties);
    },
    'AWS::Lambda::Function': async (resource, properties) => {
      const invoked = eventConfigOf(resolver, nameOf(resource));
      const namespace = await namespaceOf(resource, properties);
      const spec = functionSpec(nameOf(resource), properties, invoked);
      checkExecutionRole(parts.authority, spec, spec.isInVpc);
      parts.lambda.create({ ...spec, namespace, codeDirectory: options.codeDirectory });
    },
    'AWS::SSM::Document': async (resource, properties) => {
      const name = nameOf(resource);
      parts.ssm.documents.set(name, parseDocument(name, properties['Content']));
    },
    'AWS::Scheduler::Schedule': async (resource, properties) => {
      schedules.push({ resource, properties });
    },
  };
  const namespaceOf = async (
    resource: Resource,
    properties: Parameters,
  ): Promise<string | null> => {
    if (options.usesNamespaces === false) return null;
    const config = record(properties, 'VpcConfig');
    if (Object.keys(config).length === 0) return NAMESPACES.controller;
    const subnet = texts(config, 'SubnetIds')[0] ?? '';
    return NAMESPACES.prober((await parts.zoneOfSubnet(subnet)) ?? zoneByTurn(resolver, resource));
  };
  const inert: Deployment['inert'][number][] = [];
  for (const resource of resources) {
    const deployer = deployers[resource.type];
    if (!deployer) {
      if (!HANDLED_ELSEWHERE.has(resource.type))
        inert.push({ id: resource.id, type: resource.type });
      continue;
    }
    await deployer(resource, resolver.propertiesOf(resource));
  }
  await parts.stores.connect(resources, resolver);
  // Last, so that nothing fires into half a deployment.
  for (const { resource, properties } of schedules)
    startSchedule(parts, nameOf(resource), properties);
  return summary(resolver, inert);
};

/** Before anything that acts in their name. */
const deployRoles = async (
  { resources, propertiesOf, arnOf }: Resolver,
  authority: Authority,
): Promise<void> => {
  for (const resource of resources) {
    if (!resource.type.startsWith('AWS::IAM::')) continue;
    if (resource.type !== 'AWS::IAM::Role') {
      throw new Error(`${resource.id}: the lab reads policies in roles, and no ${resource.type}`);
    }
    await authority.addRole(resource.id, arnOf(resource), propertiesOf(resource));
  }
};

/** Read where they belong: with their function, rule, topic. */
const HANDLED_ELSEWHERE = new Set([
  'AWS::Lambda::EventInvokeConfig',
  'AWS::IAM::Role',
  'AWS::Events::Rule',
  'AWS::SNS::Subscription',
]);

const namesOfType = ({ resources, nameOf }: Resolver, type: string): readonly string[] =>
  resources.filter((resource) => resource.type === type).map(nameOf);

const summary = (resolver: Resolver, inert: Deployment['inert']): Deployment => {
  const { resources, nameOf } = resolver;
  return {
    names: Object.fromEntries(resources.map((resource) => [resource.id, nameOf(resource)])),
    functions: namesOfType(resolver, 'AWS::Lambda::Function'),
    schedules: namesOfType(resolver, 'AWS::Scheduler::Schedule'),
    documents: namesOfType(resolver, 'AWS::SSM::Document'),
    alarms: namesOfType(resolver, 'AWS::CloudWatch::Alarm'),
    inert,
  };
};

/** Subnets that the lab does not know: the first function in a VPC goes to zone a, the second to b. */
const zoneByTurn = (resolver: Resolver, resource: Resource): Zone => {
  const inVpc = resolver.resources.filter(
    ({ type, properties }) =>
      type === 'AWS::Lambda::Function' && properties['VpcConfig'] !== undefined,
  );
  return inVpc.findIndex(({ id }) => id === resource.id) % 2 === 0 ? 'a' : 'b';
};

const eventConfigOf = (resolver: Resolver, functionName: string): Parameters => {
  for (const resource of resolver.resources) {
    if (resource.type !== 'AWS::Lambda::EventInvokeConfig') continue;
    const resolved = resolver.propertiesOf(resource);
    if (String(resolved['FunctionName']).split(':').at(-1) === functionName) return resolved;
  }
  return {};
};

const functionSpec = (
  name: string,
  properties: Parameters,
  invoked: Parameters,
): Omit<FunctionSpec, 'namespace' | 'codeDirectory'> => {
  const variables = record(record(properties, 'Environment'), 'Variables');
  const eventAgeS = optionalNumber(invoked, 'MaximumEventAgeInSeconds') ?? EVENT_AGE_S;
  const onFailure = record(record(invoked, 'DestinationConfig'), 'OnFailure');
  return {
    name,
    handler: optionalText(properties, 'Handler') ?? '',
    isInVpc: properties['VpcConfig'] !== undefined,
    memoryMb: optionalNumber(properties, 'MemorySize') ?? MEMORY_MB,
    timeoutS: timeoutOf(name, properties),
    variables: Object.fromEntries(
      Object.entries(variables).map(([key, value]) => [key, String(value)]),
    ),
    role: optionalText(properties, 'Role') ?? null,
    reservedConcurrency: optionalNumber(properties, 'ReservedConcurrentExecutions') ?? null,
    retriesMax: optionalNumber(invoked, 'MaximumRetryAttempts') ?? RETRIES,
    eventAgeMaxMs: eventAgeS * 1000,
    onFailure: optionalText(onFailure, 'Destination') ?? null,
  };
};

/** @throws Error for more than Lambda allows: 15 minutes. */
const timeoutOf = (name: string, properties: Parameters): number => {
  const timeoutS = optionalNumber(properties, 'Timeout') ?? TIMEOUT_S;
  if (timeoutS < 1 || timeoutS > TIMEOUT_S_MAX) {
    throw new Error(`${name}: Timeout is ${timeoutS} s, and must be 1 to ${TIMEOUT_S_MAX}`);
  }
  return timeoutS;
};

const startSchedule = (parts: DeployParts, name: string, properties: Parameters): void => {
  if (properties['State'] === 'DISABLED') return;
  const target = record(properties, 'Target');
  const input = target['Input'];
  parts.schedules.start({
    name,
    everyMs: parseRate(optionalText(properties, 'ScheduleExpression') ?? ''),
    functionName: optionalText(target, 'Arn') ?? '',
    roleArn: optionalText(target, 'RoleArn') ?? null,
    deadLetterArn: optionalText(record(target, 'DeadLetterConfig'), 'Arn') ?? null,
    input: typeof input === 'string' ? input : JSON.stringify(input ?? {}),
  });
};
