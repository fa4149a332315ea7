/** Small functions and roles for templates of tests. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Counts, throws, hangs, dies, or tells what it sees, as the event says. */
const ECHO = `
import { setTimeout as sleep } from 'node:timers/promises';
let count = 0;
let beats = 0;
setInterval(() => beats++, 10);
export const handler = async (event, context) => {
  count += 1;
  console.log('event ' + JSON.stringify(event));
  if (event.throws) throw new TypeError(event.throws);
  if (event.exits) process.exit(3);
  if (event.sleepMs) await sleep(event.sleepMs);
  return {
    count, beats, event, environment: process.env,
    leftMs: context.getRemainingTimeInMillis(), requestId: context.awsRequestId,
  };
};`;

/** @returns the folder that handlers' paths start in; `dist/echo/index.handler` is there. */
export const writeEcho = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'code-'));
  mkdirSync(join(folder, 'dist/echo'), { recursive: true });
  writeFileSync(join(folder, 'dist/echo/index.js'), ECHO);
  writeFileSync(join(folder, 'dist/echo/package.json'), '{"type":"module"}');
  return folder;
};

/** A function in the role with the logical id `Role`. */
export const functionOf = (name: string, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Handler: 'dist/echo/index.handler',
    Runtime: 'nodejs24.x',
    MemorySize: 256,
    Timeout: 1,
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    ...more,
  },
});

const LOG = {
  Sid: 'Log',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: 'arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/*',
};

/** A role that `services` may take on, with what every function needs. */
export const roleOf = (
  name: string,
  statements: readonly object[],
  services: readonly string[] = ['lambda.amazonaws.com'],
) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: name,
    AssumeRolePolicyDocument: {
      Statement: { Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' },
    },
    Policies: [{ PolicyName: name, PolicyDocument: { Statement: [LOG, ...statements] } }],
  },
});

export const scheduleOf = (functionId: string, roleId: string, more: object = {}) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    Name: 'tick',
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: { 'Fn::GetAtt': [functionId, 'Arn'] },
      RoleArn: { 'Fn::GetAtt': [roleId, 'Arn'] },
      Input: '{"kind":"tick","at":"<aws.scheduler.scheduled-time>"}',
      ...more,
    },
  },
});
