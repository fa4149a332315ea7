/** CloudFormation's intrinsic functions, and what `Ref` and `GetAtt` give, without deploying anything first. */
import { PLAN } from '../parts.ts';
import { asRecord, isRecord, type Parameters, record } from './parameters.ts';

export interface Resource {
  readonly id: string;
  readonly type: string;
  /** Intrinsic functions still in it. */
  readonly properties: Parameters;
}

export interface Template {
  readonly Resources?: Readonly<Record<string, unknown>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

export interface Resolver {
  /** Resources whose condition holds. */
  readonly resources: readonly Resource[];
  /** With everything resolved. */
  propertiesOf: (resource: Resource) => Parameters;
  /** The resource's physical name. */
  nameOf: (resource: Resource) => string;
  arnOf: (resource: Resource) => string;
}

export const STACK = 'lab';

/** Property that names a resource, by type; without it the name is made of stack and logical id. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::Events::ApiDestination': 'Name',
  'AWS::Events::Connection': 'Name',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Document': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
};

const ARN: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::Table': (name) => arn('dynamodb', `table/${name}`),
  // AWS ends these with an id of its own.
  'AWS::Events::ApiDestination': (name) => arn('events', `api-destination/${name}/lab`),
  'AWS::Events::Connection': (name) => arn('events', `connection/${name}/lab`),
  'AWS::Events::EventBus': (name) => arn('events', `event-bus/${name}`),
  'AWS::Events::Rule': (name) => arn('events', `rule/${name}`),
  'AWS::IAM::Role': (name) => `arn:aws:iam::${PLAN.account}:role/${name}`,
  'AWS::Lambda::Function': (name) => arn('lambda', `function:${name}`),
  'AWS::Logs::LogGroup': (name) => arn('logs', `log-group:${name}:*`),
  'AWS::Scheduler::Schedule': (name) => arn('scheduler', `schedule/default/${name}`),
  'AWS::SNS::Topic': (name) => arn('sns', name),
  'AWS::SQS::Queue': (name) => arn('sqs', name),
  'AWS::SSM::Document': (name) => arn('ssm', `document/${name}`),
  'AWS::CloudWatch::Alarm': (name) => arn('cloudwatch', `alarm:${name}`),
  'AWS::CloudWatch::CompositeAlarm': (name) => arn('cloudwatch', `alarm:${name}`),
};

const arn = (service: string, rest: string): string =>
  `arn:aws:${service}:${PLAN.region}:${PLAN.account}:${rest}`;

export const queueUrl = (name: string): string =>
  `https://sqs.${PLAN.region}.amazonaws.com/${PLAN.account}/${name}`;

const PSEUDO: Readonly<Record<string, unknown>> = {
  'AWS::Region': PLAN.region,
  'AWS::AccountId': PLAN.account,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': STACK,
  'AWS::StackId': `arn:aws:cloudformation:${PLAN.region}:${PLAN.account}:stack/${STACK}/lab`,
  'AWS::NoValue': undefined,
};

/** @param parameters values for the template's parameters; the rest take their defaults. */
export const createResolver = (template: Template, parameters: Parameters): Resolver => {
  const declared = template.Resources ?? {};
  const resourceOf = (id: string): Resource => {
    const found = declared[id];
    if (!isRecord(found)) throw new Error(`template: no resource ${id}`);
    return { id, type: String(found['Type']), properties: record(found, 'Properties') };
  };
  const nameOf = (resource: Resource): string => {
    const given = resource.properties[NAME_PROPERTY[resource.type] ?? ''];
    return given === undefined ? `${STACK}-${resource.id}` : String(resolve(given));
  };
  const arnOf = (resource: Resource): string =>
    ARN[resource.type]?.(nameOf(resource)) ?? arn('unknown', resource.id);
  const ref = (name: string): unknown => {
    if (name in PSEUDO) return PSEUDO[name];
    if (name in parameters) return parameters[name];
    const parameter = template.Parameters?.[name];
    if (isRecord(parameter)) return parameter['Default'];
    const resource = resourceOf(name);
    if (resource.type === 'AWS::SNS::Topic') return arnOf(resource);
    return resource.type === 'AWS::SQS::Queue' ? queueUrl(nameOf(resource)) : nameOf(resource);
  };
  const attribute = (path: string): string => {
    const [id = '', name = ''] = path.split('.');
    const resource = resourceOf(id);
    return name.endsWith('Arn') ? arnOf(resource) : nameOf(resource);
  };
  const substitute = (value: unknown): string => {
    const [text, own] = Array.isArray(value) ? value : [value, {}];
    const variables = isRecord(own) ? own : {};
    return String(text).replaceAll(/\$\{([^!}][^}]*)\}/g, (_, name: string) => {
      if (name in variables) return String(resolve(variables[name]));
      return String(name.includes('.') ? attribute(name) : ref(name));
    });
  };
  const holds = (condition: unknown): boolean =>
    typeof condition === 'string'
      ? resolve(template.Conditions?.[condition]) === true
      : resolve(condition) === true;
  const functions: Readonly<Record<string, (value: unknown) => unknown>> = {
    Ref: (value) => ref(String(value)),
    'Fn::GetAtt': (value) => attribute([value].flat().join('.')),
    'Fn::Sub': substitute,
    'Fn::If': (value) => {
      const [condition, yes, no] = items(value);
      return resolve(holds(condition) ? yes : no);
    },
    'Fn::Not': (value) => !holds(items(value)[0]),
    'Fn::And': (value) => items(value).every(holds),
    'Fn::Or': (value) => items(value).some(holds),
    Condition: holds,
    ...mapValues(PURE, (apply) => (value) => apply(items(resolve(value)))),
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve).filter((each) => each !== undefined);
    if (!isRecord(value)) return value;
    const [key, ...others] = Object.keys(value);
    const apply = key !== undefined && others.length === 0 ? functions[key] : undefined;
    if (apply && key !== undefined && isIntrinsic(key, value[key])) return apply(value[key]);
    const entries = Object.entries(value).map(([name, each]) => [name, resolve(each)] as const);
    return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
  };
  const isDeclared = ([, value]: [string, unknown]): boolean => {
    const condition = asRecord(value)['Condition'];
    return condition === undefined || holds(condition);
  };
  const resources = Object.entries(declared)
    .filter(isDeclared)
    .map(([id]) => resourceOf(id));
  const propertiesOf = ({ properties }: Resource): Parameters => asRecord(resolve(properties));
  return { resources, propertiesOf, nameOf, arnOf };
};

/** Functions of their resolved arguments alone. */
const PURE: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  'Fn::Join': ([separator, parts]) => items(parts).join(String(separator)),
  'Fn::Split': ([separator, whole]) => String(whole).split(String(separator)),
  'Fn::Select': ([index, from]) => items(from)[Number(index)],
  'Fn::Equals': ([first, second]) => first === second,
};

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const mapValues = <A, B>(
  from: Readonly<Record<string, A>>,
  change: (value: A) => B,
): Record<string, B> =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]));

/** `Condition` is also an ordinary key of IAM statements; there it holds an object. */
const isIntrinsic = (key: string, value: unknown): boolean =>
  key !== 'Condition' || typeof value === 'string';
