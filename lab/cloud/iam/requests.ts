/** A call as IAM sees it: its action, and for each resource what the policies' conditions may ask for. */
import { PLAN } from '../../parts.ts';
import { asRecord, optionalText, type Parameters, records } from '../parameters.ts';
import type { Call } from '../wire.ts';
import { checkResource, factsOf, hasKey } from './catalogue.ts';
import type { Values } from './conditions.ts';
import type { Request } from './evaluate.ts';
import { type Lookup, type Touched, touchedBy } from './touched.ts';

/** Where the name in the signature is not the one in policies. */
const SERVICE: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };
const ACTION: Readonly<Record<string, string>> = { 'lambda:Invoke': 'lambda:InvokeFunction' };

/** `service:Action`, as policies spell it. */
export const actionOf = ({ service, action }: Call): string => {
  const name = `${SERVICE[service] ?? service}:${action}`;
  return ACTION[name] ?? name;
};

/**
 * All of them must be allowed. None: the call touches nothing that exists, and the service itself refuses it.
 * @param functionArn whose credentials the call carries.
 * @throws Error for a call that AWS's reference or the lab does not know.
 */
export const requestsOf = async (
  call: Call,
  functionArn: string,
  lookup: Lookup,
): Promise<readonly Request[]> => {
  const action = actionOf(call);
  const facts = await factsOf(action);
  const touched: readonly Touched[] = facts.isWildcardOnly
    ? [{ arn: '*', tags: {} }]
    : await touchedBy(action, call.parameters, lookup);
  const own = action.startsWith('dynamodb:')
    ? [await leadingKeys(call.parameters, lookup)]
    : variantsOf(action, call.parameters);
  return [
    ...taggingBy(action, call.parameters),
    ...(await sealingBy(action, call.parameters, lookup)),
    ...touched.flatMap(({ arn, tags }) => {
      checkResource(action, facts, arn);
      const tagged = Object.entries(tags).flatMap(([tag, value]) => tagKeys(action, tag, value));
      return own.map((told): Request => {
        const given = [...tagged, ...told].filter(([key]) => hasKey(facts, key));
        const values: Values = new Map([...given, ['lambda:sourcefunctionarn', [functionArn]]]);
        return { action, resource: arn, values };
      });
    }),
  ];
};

/**
 * Who creates a rule with tags needs the right to tag it, too (ELB user guide, "Tag resources during creation"): asked of
 * the rule that is not there yet.
 */
const taggingBy = (action: string, parameters: Parameters): readonly Request[] => {
  if (action !== 'elasticloadbalancing:CreateRule') return [];
  const tags = requestTags(parameters);
  if (tags.length === 0) return [];
  const listener = optionalText(parameters, 'ListenerArn') ?? '';
  const resource = `${listener.replace(':listener/', ':listener-rule/')}/*`;
  const creating = ['elasticloadbalancing:createaction', ['CreateRule']] as const;
  return [
    { action: 'elasticloadbalancing:AddTags', resource, values: new Map([...tags, creating]) },
  ];
};

/** S3 asks the key service in the caller's name (S3 user guide, "Using server-side encryption with AWS KMS keys"). */
const sealingBy = async (
  action: string,
  parameters: Parameters,
  lookup: Lookup,
): Promise<readonly Request[]> => {
  const isPut = action === 's3:PutObject';
  if (!isPut && action !== 's3:GetObject') return [];
  const [bucket, key] = ['Bucket', 'Key'].map((name) => optionalText(parameters, name) ?? '');
  const sealedWith = isPut
    ? optionalText(parameters, 'SSEKMSKeyId')
    : await lookup.objectKey(bucket ?? '', key ?? '');
  if (sealedWith === undefined || sealedWith === null || sealedWith === '') return [];
  const values = new Map([['kms:viaservice', [`s3.${PLAN.region}.amazonaws.com`]]]);
  return [{ action: isPut ? 'kms:GenerateDataKey' : 'kms:Decrypt', resource: sealedWith, values }];
};

type Told = readonly (readonly [key: string, values: readonly string[]])[];

const tagKeys = (action: string, tag: string, value: string): Told => {
  const [service = ''] = action.split(':');
  return ['aws', service].map(
    (prefix) => [`${prefix}:resourcetag/${tag}`.toLowerCase(), [value]] as const,
  );
};

/** What the call itself tells; each event of PutEvents is judged by itself. */
const variantsOf = (action: string, parameters: Parameters): readonly Told[] => {
  if (action === 'events:PutEvents') {
    return records(parameters, 'Entries').map((entry) => [
      ['events:source', [optionalText(entry, 'Source') ?? '']],
      ['events:detail-type', [optionalText(entry, 'DetailType') ?? '']],
    ]);
  }
  if (action === 'cloudwatch:PutMetricData') {
    return [[['cloudwatch:namespace', [optionalText(parameters, 'Namespace') ?? '']]]];
  }
  if (action === 's3:ListBucket') {
    return [[['s3:prefix', [optionalText(parameters, 'Prefix') ?? '']]]];
  }
  if (action.startsWith('elasticloadbalancing:')) return [requestTags(parameters)];
  if (action === 'autoscaling:UpdateAutoScalingGroup') return [groupSizes(parameters)];
  return [[]];
};

/** Tags that the call gives to what it creates. */
const requestTags = (parameters: Parameters): Told => {
  const tags = records(parameters, 'Tags').map((tag) => ({
    key: optionalText(tag, 'Key') ?? '',
    value: optionalText(tag, 'Value') ?? '',
  }));
  if (tags.length === 0) return [];
  return [
    ...tags.map(({ key, value }) => [`aws:requesttag/${key}`.toLowerCase(), [value]] as const),
    ['aws:tagkeys', tags.map(({ key }) => key)],
  ];
};

/** Those of the condition keys that Quorate could be bound by. */
const groupSizes = (parameters: Parameters): Told =>
  ['MinSize', 'MaxSize'].flatMap((name) => {
    const size = optionalText(parameters, name);
    return size === undefined ? [] : [[`autoscaling:${name}`.toLowerCase(), [size]] as const];
  });

/** The tables here have a partition key and nothing else. A put has it among the attributes of its item. */
const leadingKeys = async (parameters: Parameters, lookup: Lookup): Promise<Told> => {
  const item = asRecord(parameters['Item']);
  const table = optionalText(parameters, 'TableName') ?? '';
  const name = Object.keys(item).length === 0 ? null : await lookup.partitionKey(table);
  const key = name === null ? asRecord(parameters['Key']) : { [name]: item[name] };
  const attributes = Object.values(key);
  const values = attributes.length === 1 ? Object.values(asRecord(attributes[0])).map(String) : [];
  return [['dynamodb:leadingkeys', values]];
};
