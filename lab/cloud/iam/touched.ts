/** Which resources a call touches: the ARNs that AWS looks for in the caller's policies, and their tags. */
import { PLAN } from '../../parts.ts';
import { optionalText, type Parameters, records, text, texts } from '../parameters.ts';

export type Tags = Readonly<Record<string, string>>;

export interface Touched {
  readonly arn: string;
  readonly tags: Tags;
}

/** What has to be looked up. What does not exist has no tags. */
export interface Lookup {
  instanceTags: (ids: readonly string[]) => Promise<ReadonlyMap<string, Tags>>;
  /** Of a load balancer, listener, rule or target group. */
  balancingTags: (arn: string) => Promise<Tags>;
  /** ARN of the key that an object is encrypted with; `null` when there is none. */
  objectKey: (bucket: string, key: string) => Promise<string | null>;
  group: (by: { readonly name?: string; readonly instanceId?: string }) => Touched | null;
  /** Name of a table's partition key; `null` when there is no such table. */
  partitionKey: (table: string) => Promise<string | null>;
}

type Reader = (parameters: Parameters, lookup: Lookup) => Promise<readonly Touched[]>;

const arn = (service: string, rest: string): string =>
  `arn:aws:${service}:${PLAN.region}:${PLAN.account}:${rest}`;

const bare = (name: string): Touched => ({ arn: name, tags: {} });

const instances = async (ids: readonly string[], lookup: Lookup): Promise<readonly Touched[]> => {
  const tags = await lookup.instanceTags(ids);
  return ids.map((id) => ({ arn: arn('ec2', `instance/${id}`), tags: tags.get(id) ?? {} }));
};

/** An instance that is in no group touches nothing: the service itself refuses. */
const group: Reader = async (parameters, lookup) => {
  const [first] = texts(parameters, 'InstanceIds');
  const instanceId = optionalText(parameters, 'InstanceId') ?? first;
  const name = optionalText(parameters, 'AutoScalingGroupName');
  const by = name === undefined ? { instanceId: instanceId ?? '' } : { name };
  const found = lookup.group(by);
  return found === null ? [] : [found];
};

const table: Reader = async (parameters) => {
  const name = text(parameters, 'TableName');
  return [bare(name.startsWith('arn:') ? name : arn('dynamodb', `table/${name}`))];
};

const BALANCING = ['TargetGroupArn', 'ListenerArn', 'RuleArn', 'LoadBalancerArn'];

/** By service, then action; `*` for every action that is not listed. */
const READERS: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  autoscaling: { '*': group },
  dynamodb: { '*': table },
  cloudwatch: { PutMetricData: async () => [bare('*')] },
  ec2: {
    TerminateInstances: async (parameters, lookup) =>
      await instances(texts(parameters, 'InstanceId'), lookup),
  },
  elasticloadbalancing: {
    '*': async (parameters, lookup) => {
      const arns = BALANCING.flatMap((name) => optionalText(parameters, name) ?? []);
      return await Promise.all(
        arns.map(async (each) => ({ arn: each, tags: await lookup.balancingTags(each) })),
      );
    },
  },
  events: {
    PutEvents: async (parameters) => {
      const buses = records(parameters, 'Entries').map(
        (entry) => optionalText(entry, 'EventBusName') ?? 'default',
      );
      return [...new Set(buses)].map((bus) =>
        bare(bus.startsWith('arn:') ? bus : arn('events', `event-bus/${bus}`)),
      );
    },
  },
  lambda: {
    '*': async (parameters) => {
      const name = text(parameters, 'FunctionName');
      return [bare(name.startsWith('arn:') ? name : arn('lambda', `function:${name}`))];
    },
  },
  s3: {
    ListBucket: async (parameters) => [bare(bucketArn(parameters))],
    DeleteObject: async (parameters) =>
      texts(parameters, 'Keys').map((key) => bare(`${bucketArn(parameters)}/${key}`)),
    '*': async (parameters) => [bare(`${bucketArn(parameters)}/${text(parameters, 'Key')}`)],
  },
  ssm: {
    // The document, and every instance.
    SendCommand: async (parameters, lookup) => [
      bare(documentArn(text(parameters, 'DocumentName'))),
      ...(await instances(texts(parameters, 'InstanceIds'), lookup)),
    ],
  },
};

const bucketArn = (parameters: Parameters): string => `arn:aws:s3:::${text(parameters, 'Bucket')}`;

/** AWS's own documents belong to no account. */
const documentArn = (name: string): string => {
  if (name.startsWith('arn:')) return name;
  return name.startsWith('AWS-')
    ? `arn:aws:ssm:${PLAN.region}::document/${name}`
    : arn('ssm', `document/${name}`);
};

/** @throws Error when the lab does not know what such a call touches. */
export const touchedBy = async (
  action: string,
  parameters: Parameters,
  lookup: Lookup,
): Promise<readonly Touched[]> => {
  const [service = '', name = ''] = action.split(':');
  const reader = READERS[service]?.[name] ?? READERS[service]?.['*'];
  if (!reader) throw new Error(`the lab does not know what ${action} touches`);
  return await reader(parameters, lookup);
};
