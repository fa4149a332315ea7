/** ELBv2 calls about load balancers, listeners and rules, where moto is not as ELBv2 is; it stores them. */
import {
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from './aws-error.ts';
import type { Balancing } from './balancing.ts';
import type { Clients } from './clients.ts';
import type { Handler, Handlers } from './dispatch.ts';
import type { WithKnownId } from './known-ids.ts';
import { optionalText, type Parameters, record, records, text } from './parameters.ts';
import { buildXml, members, parseXml } from './xml.ts';

export interface RoutingApiParts {
  readonly moto: Clients;
  readonly balancing: Balancing;
  readonly forward: Handler;
  readonly withKnownId: WithKnownId;
}

export const routingHandlers = (parts: RoutingApiParts): Handlers => {
  const { moto, balancing, forward, withKnownId } = parts;
  /** Whatever changes in ELBv2 is stored by moto, then told to the balancer. */
  const store: Handler = async (call) => {
    const answer = await forward(call);
    if (answer.status === 200 && !call.action.startsWith('Describe')) await balancing.refresh();
    return answer;
  };
  /** moto checks the groups of rules, but not those of a listener. */
  const modifyListener: Handler = async (call) => {
    for (const arn of records(call.parameters, 'DefaultActions').flatMap(groupsOf)) {
      const request = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
      const { TargetGroups = [] } = await moto.elb
        .send(request)
        .catch(() => ({ TargetGroups: [] }));
      if (TargetGroups.length > 0) continue;
      throw new AwsError('TargetGroupNotFound', `Target groups '${arn}' not found`);
    }
    return await store(call);
  };
  /** moto answers a missing rule as if it had been there, and deletes a default rule. */
  const deleteRule: Handler = async (call) => {
    const arn = text(call.parameters, 'RuleArn');
    const { Rules = [] } = await moto.elb
      .send(new DescribeRulesCommand({ RuleArns: [arn] }))
      .catch(() => ({ Rules: [] }));
    const [rule] = Rules;
    if (rule === undefined) throw new AwsError('RuleNotFound', 'One or more rules not found');
    if (rule.IsDefault === true) {
      throw new AwsError('OperationNotPermitted', `Default rule '${arn}' cannot be deleted`);
    }
    return await store(call);
  };
  /** moto never forgets that a load balancer led to a group, and names it twice when two rules did. */
  const describeGroups: Handler = async (call) => {
    if (optionalText(call.parameters, 'LoadBalancerArn') !== undefined) {
      throw new AwsError('ValidationError', 'The lab finds target groups by name and ARN only.');
    }
    const answer = await forward(call);
    if (answer.status !== 200) return answer;
    const tree = parseXml(answer.body.toString());
    const response = record(tree, 'DescribeTargetGroupsResponse');
    const result = record(response, 'DescribeTargetGroupsResult');
    const groups = records(record(result, 'TargetGroups'), 'member').map((group) =>
      withBalancers(group, balancing),
    );
    const body = { ...result, TargetGroups: members(groups) };
    const whole = { ...response, DescribeTargetGroupsResult: body };
    return { ...answer, body: Buffer.from(buildXml({ DescribeTargetGroupsResponse: whole })) };
  };
  return {
    elasticloadbalancing: {
      // A Classic Load Balancer, which goes by another parameter, has no id.
      CreateLoadBalancer: async (call) =>
        optionalText(call.parameters, 'LoadBalancerName') === undefined
          ? await withKnownId(text(call.parameters, 'Name'), async () => await store(call))
          : await forward(call),
      CreateListener: async (call) => {
        const { parameters } = call;
        const name = `${text(parameters, 'LoadBalancerArn')} ${text(parameters, 'Port')}`;
        return await withKnownId(name, async () => await store(call));
      },
      ModifyListener: modifyListener,
      DeleteRule: deleteRule,
      DescribeTargetGroups: describeGroups,
      '*': store,
    },
  };
};

const groupsOf = (action: Parameters): readonly string[] =>
  [action, ...records(record(action, 'ForwardConfig'), 'TargetGroups')].flatMap(
    (each) => optionalText(each, 'TargetGroupArn') ?? [],
  );

const withBalancers = (group: Parameters, balancing: Balancing): Parameters => {
  const leading = balancing.leadingTo(text(group, 'TargetGroupArn'));
  return { ...group, LoadBalancerArns: members(leading) };
};
