/** Auto Scaling calls that read groups and their history, and their tags. */
import { type Activities, describeActivity } from './activities.ts';
import { type AutoScaling, findGroup } from './auto-scaling.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { Group } from './group.ts';
import { readTag } from './group-request.ts';
import { describeGroup, describeMember, tagsOf } from './group-view.ts';
import { page } from './page.ts';
import { optionalText, type Parameters, records, text, texts } from './parameters.ts';
import { reply } from './wire.ts';
import { members } from './xml.ts';

export const groupReadHandlers = (scaling: AutoScaling, activities: Activities): Handlers => {
  const describeGroups: Handler = async (call) => {
    const names = texts(call.parameters, 'AutoScalingGroupNames');
    const filters = records(call.parameters, 'Filters');
    const found = [...scaling.groups.values()]
      .filter((group) => names.length === 0 || names.includes(group.name))
      .filter((group) => filters.every((filter) => hasTag(group, filter)));
    const { items, next } = page(found, call.parameters, { sizeDefault: 50, sizeMax: 100 });
    return reply(call, { AutoScalingGroups: members(items.map(describeGroup)), NextToken: next });
  };
  const describeInstances: Handler = async (call) => {
    const ids = texts(call.parameters, 'InstanceIds');
    const found = [...scaling.groups.values()].flatMap((group) =>
      [...group.members.values()]
        .filter((member) => ids.length === 0 || ids.includes(member.instanceId))
        .map((member) => describeMember(group, member)),
    );
    const { items, next } = page(found, call.parameters, { sizeDefault: 50, sizeMax: 50 });
    return reply(call, { AutoScalingInstances: members(items), NextToken: next });
  };
  const describeActivities: Handler = async (call) => {
    const name = optionalText(call.parameters, 'AutoScalingGroupName') ?? null;
    if (name !== null) findGroup(scaling, name);
    const ids = texts(call.parameters, 'ActivityIds');
    const found = activities.of(name).filter(({ id }) => ids.length === 0 || ids.includes(id));
    const { items, next } = page(found, call.parameters, { sizeDefault: 100, sizeMax: 100 });
    return reply(call, { Activities: members(items.map(describeActivity)), NextToken: next });
  };
  const tag: Handler = async (call) => {
    for (const each of records(call.parameters, 'Tags')) {
      const group = findGroup(scaling, text(each, 'ResourceId'));
      const read = readTag(each);
      group.tags.set(read.key, read);
    }
    return reply(call, {});
  };
  const untag: Handler = async (call) => {
    for (const each of records(call.parameters, 'Tags')) {
      findGroup(scaling, text(each, 'ResourceId')).tags.delete(text(each, 'Key'));
    }
    return reply(call, {});
  };
  return {
    autoscaling: {
      DescribeAutoScalingGroups: describeGroups,
      DescribeAutoScalingInstances: describeInstances,
      DescribeScalingActivities: describeActivities,
      CreateOrUpdateTags: tag,
      DeleteTags: untag,
      DescribeTags: async (call) =>
        reply(call, { Tags: members([...scaling.groups.values()].flatMap(tagsOf)) }),
    },
  };
};

const hasTag = (group: Group, filter: Parameters): boolean => {
  const name = text(filter, 'Name');
  const values = texts(filter, 'Values');
  const tags = [...group.tags.values()];
  if (name === 'tag-key') return tags.some((tag) => values.includes(tag.key));
  if (name === 'tag-value') return tags.some((tag) => values.includes(tag.value));
  const key = name.startsWith('tag:') ? name.slice('tag:'.length) : null;
  return tags.some((tag) => tag.key === key && values.includes(tag.value));
};
