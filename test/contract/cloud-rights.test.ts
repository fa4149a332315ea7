/** The roles of the packaged template, judged call by call as AWS would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  EnterStandbyCommand,
  ExitStandbyCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeInstanceStatusCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcsCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from '../../lab/cloud/ssm-document.ts';
import { createWorld, type World } from '../../lab/cloud/world.ts';
import { packageInto, Template } from '../package/template.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const WATCHER = 'quorate-prod-schedule';
const TABLE = 'quorate-prod-state';
const BUS = 'quorate-prod';
const KILL = 'quorate-prod-kill-member';
const USER = `User: arn:aws:sts::123456789012:assumed-role/lab-ScheduleRole/${WATCHER}`;
const KILL_PARAMETERS = {
  InstanceId: ['i-00000000000000000'],
  Fence: ['1'],
  NotAfter: ['1000000000000'],
  StartedBefore: ['1000000000000'],
  Service: ['api-server.service'],
  Port: ['5701'],
  CaptureMs: ['500'],
};

describe.skipIf(skipWithoutMoto)('the roles of the template', () => {
  const out = mkdtempSync(join(tmpdir(), 'quorate-rights-'));
  let bench: Bench;
  let world: World;
  let lab: ReturnType<typeof clientsOf>;
  let watcher: ReturnType<typeof clientsOf>;
  /** Of the fleet, and one without its tag. */
  let own: string;
  let foreign: string;

  beforeAll(async () => {
    const { exit, output } = packageInto(out, 'lab/fleets.balanced.yml');
    if (exit !== 0) throw new Error(`packaging failed:\n${output}`);
    bench = await startBench();
    bench.schedules.setPaused(true);
    lab = clientsOf(bench);
    world = await createWorld(bench.clients);
    await bench.deployTemplate(
      { Resources: new Template(out).resources },
      {
        codeDirectory: out,
        usesNamespaces: false,
      },
    );
    watcher = clientsOf(bench, bench.lambda.find(WATCHER).accessKeyId);
    own = await until(async () => {
      const running = bench.instances.all().filter(({ state }) => state === 'running');
      return running.length === 3 && running[0]?.id;
    });
    const launched = await bench.clients.ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        SubnetId: world.subnets.a,
        LaunchTemplate: { LaunchTemplateId: world.launchTemplateId },
      }),
    );
    foreign = launched.Instances?.[0]?.InstanceId ?? '';
    bench.ssm.documents.set('foreign', parseDocument('foreign', { schemaVersion: '2.2' }));
  });
  afterAll(async () => {
    await bench?.stop();
    rmSync(out, { recursive: true });
  });

  const denied = (code: string, status: number, words: string) => ({
    name: code,
    message: expect.stringContaining(words),
    $metadata: { httpStatusCode: status },
  });
  const sendCommand = (DocumentName: string, ...InstanceIds: string[]) =>
    new SendCommandCommand({ DocumentName, InstanceIds, Parameters: KILL_PARAMETERS });
  const terminate = (...InstanceIds: string[]) =>
    new TerminateInstancesCommand({ InstanceIds, DryRun: true });

  it('let the watcher read what it needs to see', async () => {
    const AutoScalingGroupName = world.group;
    const groups = await watcher.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    expect(groups.AutoScalingGroups).toHaveLength(1);
    await watcher.autoScaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName }));
    const status = await watcher.ec2.send(new DescribeInstanceStatusCommand({}));
    expect(status.InstanceStatuses?.length).toBeGreaterThanOrEqual(3);
  });

  it('do not let it read what it does not need', async () => {
    const sentence = `${USER} is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action`;
    await expect(watcher.ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject(
      denied(
        'UnauthorizedOperation',
        403,
        `You are not authorized to perform this operation. ${sentence}`,
      ),
    );
    await expect(lab.ec2.send(new DescribeVpcsCommand({}))).resolves.toBeDefined();
  });

  it('let it terminate the fleet, and not one instance more', async () => {
    await expect(watcher.ec2.send(terminate(own))).rejects.toMatchObject({
      name: 'DryRunOperation',
    });
    const refusal = denied(
      'UnauthorizedOperation',
      403,
      `ec2:TerminateInstances on resource: arn:aws:ec2:eu-central-1:123456789012:instance/${foreign}`,
    );
    await expect(watcher.ec2.send(terminate(foreign))).rejects.toMatchObject(refusal);
    await expect(watcher.ec2.send(terminate(own, foreign))).rejects.toMatchObject(refusal);
    await expect(watcher.ec2.send(terminate('i-00000000000000000'))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
  });

  it('let it run its own document on hosts of the fleet', async () => {
    await expect(watcher.ssm.send(sendCommand(KILL, own))).resolves.toMatchObject({
      Command: { DocumentName: KILL },
    });
    await expect(watcher.ssm.send(sendCommand(KILL, own, foreign))).rejects.toMatchObject(
      denied('AccessDeniedException', 400, `instance/${foreign} because no identity-based`),
    );
    await expect(watcher.ssm.send(sendCommand('foreign', own))).rejects.toMatchObject(
      denied('AccessDeniedException', 400, ':document/foreign because no identity-based policy'),
    );
    await expect(watcher.ssm.send(sendCommand('AWS-RunShellScript', own))).rejects.toMatchObject(
      denied('AccessDeniedException', 400, 'arn:aws:ssm:eu-central-1::document/AWS-RunShellScript'),
    );
  });

  it('let it resize and replace in groups with the tag', async () => {
    const resize = (AutoScalingGroupName: string, DesiredCapacity: number) =>
      watcher.autoScaling.send(
        new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity }),
      );
    await bench.clients.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: 'others',
        MinSize: 0,
        MaxSize: 1,
        LaunchTemplate: { LaunchTemplateId: world.launchTemplateId },
        VPCZoneIdentifier: world.subnets.a,
      }),
    );
    await expect(resize(world.group, 3)).resolves.toBeDefined();
    await expect(resize('others', 1)).rejects.toMatchObject(
      denied('AccessDenied', 403, ':autoScalingGroupName/others because no identity-based policy'),
    );
    const update = { AutoScalingGroupName: world.group, MinSize: 0 };
    await expect(
      watcher.autoScaling.send(new UpdateAutoScalingGroupCommand(update)),
    ).rejects.toMatchObject(denied('AccessDenied', 403, 'autoscaling:UpdateAutoScalingGroup'));
    // In no group: there is nothing to be denied.
    const gone = { InstanceId: foreign, ShouldDecrementDesiredCapacity: false };
    await expect(
      watcher.autoScaling.send(new TerminateInstanceInAutoScalingGroupCommand(gone)),
    ).rejects.toMatchObject({ name: 'ValidationError' });
  });

  it('let it make instances stand by in groups with the tag, and put them back', async () => {
    const standby = (AutoScalingGroupName: string, id: string) =>
      watcher.autoScaling.send(
        new EnterStandbyCommand({
          AutoScalingGroupName,
          InstanceIds: [id],
          ShouldDecrementDesiredCapacity: false,
        }),
      );
    const back = (AutoScalingGroupName: string, id: string) =>
      watcher.autoScaling.send(new ExitStandbyCommand({ AutoScalingGroupName, InstanceIds: [id] }));
    // Not of the group: the right is there, and nobody leaves the group that the other tests need.
    const unknown = { name: 'ValidationError' };
    await expect(standby(world.group, foreign)).rejects.toMatchObject(unknown);
    await expect(back(world.group, foreign)).rejects.toMatchObject(unknown);
    const refusal = (action: string) => denied('AccessDenied', 403, `autoscaling:${action}`);
    await expect(standby('others', own)).rejects.toMatchObject(refusal('EnterStandby'));
    await expect(back('others', own)).rejects.toMatchObject(refusal('ExitStandby'));
  });

  it('let it take targets out of target groups with the tag, and put them back', async () => {
    const created = await bench.clients.elb.send(
      new CreateTargetGroupCommand({
        Name: 'others',
        Protocol: 'HTTP',
        Port: 80,
        VpcId: world.vpcId,
      }),
    );
    const others = created.TargetGroups?.[0]?.TargetGroupArn ?? '';
    const deregister = (TargetGroupArn: string) =>
      watcher.elb.send(
        new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: foreign }] }),
      );
    await expect(deregister(world.targetGroupArn)).resolves.toBeDefined();
    await expect(deregister(others)).rejects.toMatchObject(denied('AccessDenied', 403, others));
    const register = (TargetGroupArn: string) =>
      watcher.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: own }] }));
    await expect(register(world.targetGroupArn)).resolves.toBeDefined();
    await expect(register(others)).rejects.toMatchObject(denied('AccessDenied', 403, others));
  });

  it('let it remember in its own table only', async () => {
    const Key = { pk: { S: 'api' } };
    await expect(
      watcher.dynamodb.send(new GetItemCommand({ TableName: TABLE, Key })),
    ).resolves.toBeDefined();
    await expect(
      watcher.dynamodb.send(new GetItemCommand({ TableName: 'other', Key })),
    ).rejects.toMatchObject(denied('AccessDeniedException', 400, ':table/other'));
    await expect(
      watcher.dynamodb.send(new DeleteItemCommand({ TableName: TABLE, Key })),
    ).rejects.toMatchObject(denied('AccessDeniedException', 400, 'dynamodb:DeleteItem'));
  });

  it('let it speak in its own name only', async () => {
    const put = (EventBusName: string, Source: string) =>
      watcher.events.send(
        new PutEventsCommand({
          Entries: [{ EventBusName, Source, DetailType: 'EvictionEnded', Detail: '{}' }],
        }),
      );
    await expect(put(BUS, 'quorate')).resolves.toMatchObject({ FailedEntryCount: 0 });
    const refusal = denied('AccessDeniedException', 400, 'events:PutEvents');
    await expect(put(BUS, 'aws.ec2')).rejects.toMatchObject(refusal);
    await expect(put('default', 'quorate')).rejects.toMatchObject(refusal);
    const measure = (Namespace: string) =>
      watcher.cloudWatch.send(
        new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'Ticks', Value: 1 }] }),
      );
    await expect(measure('Quorate')).resolves.toBeDefined();
    await expect(measure('Billing')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('let it ask the probers, and nobody else', async () => {
    const invoke = (FunctionName: string) =>
      watcher.lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }));
    await expect(invoke('quorate-prod-probe-a')).resolves.toMatchObject({ StatusCode: 200 });
    await expect(invoke(WATCHER)).rejects.toMatchObject(
      denied('AccessDeniedException', 403, `:function:${WATCHER} because no identity-based policy`),
    );
  });

  it("take from a prober's code what Lambda needs to attach it", async () => {
    const prober = clientsOf(bench, bench.lambda.find('quorate-prod-probe-a').accessKeyId);
    const look = prober.ec2.send(new DescribeNetworkInterfacesCommand({}));
    await expect(look).rejects.toMatchObject(
      denied('UnauthorizedOperation', 403, 'with an explicit deny in an identity-based policy'),
    );
  });

  it('leave denied calls in the journal, and used rights in the count', () => {
    const entries = bench.journal.find({ who: WATCHER, action: 'DescribeVpcs' });
    expect(entries).toMatchObject([{ status: 403, code: 'UnauthorizedOperation' }]);
    const used = bench.rights.used();
    expect(used).toContain('watch/Terminate ec2:TerminateInstances');
    expect(used).toContain('probe/Attach ec2:CreateNetworkInterface');
    expect(used).not.toContain('invoke/Tick lambda:InvokeFunction');
    expect(bench.rights.granted()).toContain('invoke/Tick lambda:InvokeFunction');
  });
});
