/** Tags of what calls are about, from where the lab keeps them. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeTagsCommand as DescribeInstanceTagsCommand } from '@aws-sdk/client-ec2';
import { DescribeTagsCommand as DescribeBalancingTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Clients } from '../clients.ts';
import type { Group } from '../group.ts';
import type { Lookup, Tags } from './touched.ts';

export const createLookup = (
  moto: Pick<Clients, 'dynamodb' | 'ec2' | 'elb' | 's3'>,
  groups: () => readonly Group[],
): Lookup => ({
  instanceTags: async (ids) => {
    const found = new Map<string, Record<string, string>>();
    // By resource id, so that one unknown instance does not hide the tags of the others.
    const Filters = [{ Name: 'resource-id', Values: [...ids] }];
    const { Tags: tags = [] } = await moto.ec2.send(new DescribeInstanceTagsCommand({ Filters }));
    for (const { ResourceId = '', Key = '', Value = '' } of tags) {
      found.set(ResourceId, { ...found.get(ResourceId), [Key]: Value });
    }
    return found;
  },
  balancingTags: async (arn) => {
    const request = new DescribeBalancingTagsCommand({ ResourceArns: [arn] });
    // What does not exist has no tags.
    const { TagDescriptions = [] } = await moto.elb
      .send(request)
      .catch(() => ({ TagDescriptions: [] }));
    const tags = TagDescriptions.flatMap((description) => description.Tags ?? []);
    return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  },
  partitionKey: async (TableName) => {
    const { Table } = await moto.dynamodb
      .send(new DescribeTableCommand({ TableName }))
      .catch(() => ({ Table: undefined }));
    return Table?.KeySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? null;
  },
  objectKey: async (Bucket, Key) => {
    const { SSEKMSKeyId } = await moto.s3
      .send(new HeadObjectCommand({ Bucket, Key }))
      .catch(() => ({ SSEKMSKeyId: undefined }));
    return SSEKMSKeyId ?? null;
  },
  group: ({ name, instanceId }) => {
    const found = groups().find((group) =>
      name === undefined ? group.members.has(instanceId ?? '') : group.name === name,
    );
    return found === undefined ? null : { arn: found.arn, tags: tagsOf(found) };
  },
});

const tagsOf = (group: Group): Tags =>
  Object.fromEntries([...group.tags.values()].map(({ key, value }) => [key, value]));
