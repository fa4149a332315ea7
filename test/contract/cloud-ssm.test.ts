import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  ListCommandInvocationsCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from '../../lab/cloud/ssm-document.ts';
import { createWorld } from '../../lab/cloud/world.ts';
import { type Bench, clientsOf, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const DOCUMENT = {
  schemaVersion: '2.2',
  parameters: {
    word: { type: 'String', interpolationType: 'ENV_VAR', allowedPattern: '^[a-z$() ]+$' },
    seconds: { type: 'String', default: '0', allowedPattern: '^[0-9.]+$' },
    exitCode: { type: 'String', default: '0' },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'say',
      inputs: {
        timeoutSeconds: '2',
        runCommand: [
          'echo "$SSM_word|{{ seconds }}|$PWD"',
          'echo complaint >&2',
          'sleep {{seconds}}',
          'exit {{ exitCode }}',
        ],
      },
    },
  ],
};

describe.skipIf(skipWithoutMoto)('Run Command in the lab', () => {
  let bench: Bench;
  let aws: ReturnType<typeof clientsOf>;
  let ids: readonly string[];

  beforeAll(async () => {
    bench = await startBench();
    aws = clientsOf(bench);
    await createWorld(bench.clients);
    ids = await until(async () => {
      const running = bench.instances.all().filter((each) => each.state === 'running');
      return running.length === 3 && running.map((each) => each.id);
    });
    bench.ssm.documents.set('say', parseDocument('say', DOCUMENT));
  });
  afterAll(async () => await bench?.stop());

  const send = async (
    Parameters: Record<string, string[]>,
    InstanceIds: readonly string[] = [ids[0]!],
  ): Promise<string> => {
    const request = new SendCommandCommand({
      DocumentName: 'say',
      InstanceIds: [...InstanceIds],
      Parameters,
      TimeoutSeconds: 30,
    });
    return (await aws.ssm.send(request)).Command!.CommandId!;
  };
  const get = async (CommandId: string, InstanceId = ids[0]!) =>
    await aws.ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
  const ended = async (id: string): Promise<GetCommandInvocationCommandOutput> =>
    await until(async () => {
      const seen = await get(id).catch(() => null);
      return seen && !['Pending', 'InProgress', 'Delayed'].includes(seen.Status!) && seen;
    });

  it('does not know a new command at once, then runs it inside the host', async () => {
    const { settings } = bench.ssm;
    const { unknownMs } = settings;
    settings.unknownMs = Number.POSITIVE_INFINITY;
    const release = bench.ssm.hold(ids[0]!);
    const id = await send({ word: ['hello'], seconds: ['1'] });
    await expect(get(id)).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    settings.unknownMs = unknownMs;
    const isNow = async (status: string) =>
      await until(async () => (await get(id).catch(() => null))?.Status === status);
    await isNow('Pending');
    release();
    await isNow('InProgress');
    const result = await ended(id);
    expect(result.Status).toBe('Success');
    expect(result).toMatchObject({ ResponseCode: 0, StandardErrorContent: 'complaint\n' });
    expect(result.StandardOutputContent).toMatch(/^hello\|1\|.*host-/);
  });

  it('hands environment parameters over as data', async () => {
    const { StandardOutputContent } = await ended(await send({ word: ['$(id)'] }));
    expect(StandardOutputContent).toMatch(/^\$\(id\)\|/);
  });

  it('lets an older agent replace text only', async () => {
    bench.setAgent('text-only');
    const { StandardOutputContent } = await ended(await send({ word: ['hello'] }));
    bench.setAgent('current');
    expect(StandardOutputContent).toMatch(/^\|0\|/);
  });

  it('tells failure and time-out apart', async () => {
    expect(await ended(await send({ word: ['x'], exitCode: ['3'] }))).toMatchObject({
      Status: 'Failed',
      ResponseCode: 3,
    });
    expect(await ended(await send({ word: ['x'], seconds: ['5'] }))).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
    });
  });

  it('checks parameters, documents and instances before anything runs', async () => {
    await expect(send({ word: ['UPPER'] })).rejects.toMatchObject({ name: 'InvalidParameters' });
    await expect(send({})).rejects.toMatchObject({ name: 'InvalidParameters' });
    await expect(send({ word: ['x'], other: ['y'] })).rejects.toMatchObject({
      name: 'InvalidParameters',
    });
    await expect(send({ word: ['x'] }, ['i-00000000000000000'])).rejects.toMatchObject({
      name: 'InvalidInstanceId',
    });
    bench.hypervisor.withoutAgent.add(ids[1]!);
    await expect(send({ word: ['x'] }, [ids[1]!])).rejects.toMatchObject({
      name: 'InvalidInstanceId',
    });
    bench.hypervisor.withoutAgent.clear();
    const unknown = new SendCommandCommand({ DocumentName: 'nothing', InstanceIds: [ids[0]!] });
    await expect(aws.ssm.send(unknown)).rejects.toMatchObject({ name: 'InvalidDocument' });
  });

  it('delivers late what was held, and not at all what was cancelled', async () => {
    const release = bench.ssm.hold(ids[0]!);
    const late = await send({ word: ['late'] });
    const never = await send({ word: ['never'] });
    const { InstanceInformationList } = await aws.ssm.send(
      new DescribeInstanceInformationCommand({}),
    );
    const held = InstanceInformationList!.find((each) => each.InstanceId === ids[0]);
    expect(held).toMatchObject({ PingStatus: 'ConnectionLost' });
    await until(async () => (await get(late).catch(() => null))?.Status === 'Pending');
    await aws.ssm.send(new CancelCommandCommand({ CommandId: never }));
    release();
    expect((await ended(late)).Status).toBe('Success');
    expect(await ended(never)).toMatchObject({ Status: 'Cancelled', StandardOutputContent: '' });
  });

  const listed = async (CommandId: string) => {
    const request = new ListCommandInvocationsCommand({ CommandId, Details: true });
    return (await aws.ssm.send(request)).CommandInvocations!;
  };

  it('runs one command on several hosts, each with its own end', async () => {
    const release = bench.ssm.hold(ids[1]!, 'say');
    const mend = bench.ssm.fail(ids[2]!, 'say');
    const id = await send({ word: ['many'] }, ids);
    const all = await until(async () => {
      const invocations = await listed(id);
      return (
        invocations.filter(({ Status }) => Status !== 'InProgress').length === 3 &&
        invocations.filter(({ Status }) => Status === 'Pending').length === 1 &&
        invocations
      );
    });
    const by = new Map(all.map((each) => [each.InstanceId!, each]));
    expect(by.get(ids[0]!)).toMatchObject({
      Status: 'Success',
      CommandPlugins: [{ ResponseCode: 0, Output: expect.stringMatching(/^many\|0\|/) }],
    });
    expect(by.get(ids[0]!)!.CommandPlugins![0]!.Output).toContain('-ERROR-------\ncomplaint');
    expect(by.get(ids[1]!)).toMatchObject({ Status: 'Pending' });
    expect(by.get(ids[2]!)).toMatchObject({
      Status: 'Failed',
      CommandPlugins: [{ ResponseCode: 1, Output: 'failed by the lab\n' }],
    });
    // Held for this document only: the agent is there, and takes others.
    const agents = await aws.ssm.send(new DescribeInstanceInformationCommand({}));
    expect(agents.InstanceInformationList!.map((each) => each.PingStatus)).toEqual([
      'Online',
      'Online',
      'Online',
    ]);
    mend();
    release();
    await until(async () =>
      (await listed(id)).every(({ Status }) => Status !== 'Pending' && Status !== 'InProgress'),
    );
    const late = (await listed(id)).find((each) => each.InstanceId === ids[1])!;
    expect(late.Status).toBe('Success');
  });

  it('pages through its agents', async () => {
    const find = async (NextToken?: string) =>
      await aws.ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 2, NextToken }));
    const first = await find();
    const second = await find(first.NextToken);
    const all = [...first.InstanceInformationList!, ...second.InstanceInformationList!];
    expect(all.map((each) => each.InstanceId)).toEqual(ids);
    expect(second.NextToken).toBeUndefined();
    expect(all[0]).toMatchObject({ PingStatus: 'Online', AgentVersion: '3.3.2746.0' });
  });

  it('never hears again from a host that lost its power', async () => {
    const id = await send({ word: ['x'], seconds: ['1.5'] }, [ids[2]!]);
    await until(async () => (await get(id, ids[2]).catch(() => null))?.Status === 'InProgress');
    await aws.ec2.send(
      new TerminateInstancesCommand({ InstanceIds: [ids[2]!], SkipOsShutdown: true }),
    );
    await until(async () => !bench.hypervisor.isOn(ids[2]!));
    expect((await get(id, ids[2])).StandardOutputContent).toBe('');
    await expect(send({ word: ['x'] }, [ids[2]!])).rejects.toMatchObject({
      name: 'InvalidInstanceId',
    });
  });
});
