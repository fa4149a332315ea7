/** What Lambda itself does in a function's role, and checks or needs before the function runs. */
import { PLAN } from '../../parts.ts';
import type { FunctionSpec } from '../lambda.ts';
import type { Authority } from './authority.ts';

/** It asks for these before it makes the function's network interface (Lambda developer guide, "Required IAM permissions"). */
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/**
 * @throws Error with AWS's sentence. AWS refuses the function, too, for the interface and the destination; without
 * the rights to log it would run in silence, which is of no use in a lab.
 */
export const checkExecutionRole = (
  authority: Authority,
  { name, role, onFailure }: Pick<FunctionSpec, 'name' | 'role' | 'onFailure'>,
  isInVpc: boolean,
): void => {
  const logs = `arn:aws:logs:${PLAN.region}:${PLAN.account}:log-group:/aws/lambda/${name}:log-stream:lab`;
  const acts = [
    ...LOGS.map((action) => ({ action, resource: logs })),
    ...(isInVpc ? INTERFACES.map((action) => ({ action, resource: '*' })) : []),
    ...(onFailure === null ? [] : [{ action: 'sqs:SendMessage', resource: onFailure }]),
  ];
  for (const act of acts) {
    const asked = { service: 'lambda.amazonaws.com', roleArn: role, ...act };
    const sentence = authority.serviceRefusal(asked);
    if (sentence !== null) throw new Error(`function ${name}: ${sentence}`);
  }
};
