/**
 * A move by hand, as a person would do it with AWS's own calls: another group is scaled up, looked at through a rule with a
 * header, gets all users in one change, and the old one goes. No session is carried over, so everybody is logged out.
 * Arguments: folder for logs, file for the result.
 */
import { writeFile } from 'node:fs/promises';
import { UpdateAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Call, Census } from '../clients/call.ts';
import { GROUP, STANDBY } from '../cloud/world.ts';
import { run as runProgram } from '../command.ts';
import { flipsOf } from '../measure/flips.ts';
import { NAMESPACES, PLAN } from '../parts.ts';
import { leftovers } from '../scenarios/sides.ts';
import { copiesOn } from '../stage/copies.ts';
import { openStage, type Stage, untilFormed } from '../stage/stage.ts';
import { until } from './ask.ts';

export interface MoveResult {
  /** Whom the members of the new side list, by address. */
  readonly newLists: Readonly<Record<string, readonly string[] | null>>;
  readonly oldAddresses: readonly string[];
  readonly newAddresses: readonly string[];
  /** Who answered the same call without the header, and with it: before users were moved. */
  readonly servedBefore: { readonly users: string | null; readonly preview: string | null };
  /** HTTP status of a call to DynamoDB and of one to another service, from a function's place in the VPC; `null`: no answer. */
  readonly fromVpc: { readonly dynamodb: number | null; readonly others: number | null };
  /** Sessions open before the move, and how many of those its members said they hold. */
  readonly sessions: { readonly open: number; readonly held: number };
  readonly flips: number;
  readonly census: Pick<Census, 'sessions' | 'servedBy' | 'unreachable'>;
  /** What is left of the move in the end. */
  readonly leftovers: readonly string[];
  readonly cluster: readonly string[];
}

const SIZE = 3;
const HEADER = 'x-quorate-preview';
const DEADLINE_MS = 120_000;
/** Users come back later and later, so the last few are not waited for. */
const BACK = 50;

const [logs = '', result = ''] = process.argv.slice(2);
const calls: Call[] = [];

const open = async (): Promise<Stage> =>
  await openStage({
    size: SIZE,
    line: undefined,
    controller: 'off',
    heartbeatS: 300,
    ssmDelayMs: 1_500,
    seed: 1,
    logs,
    standby: {},
    backsOff: true,
    onCalls: (batch) => void calls.push(...batch),
  });

const scale = async ({ region }: Stage, group: string, size: number): Promise<void> => {
  const sizes = { MinSize: size, DesiredCapacity: size };
  await region.clients.autoScaling.send(
    new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: group, ...sizes }),
  );
};

const addressesOf = ({ region }: Stage, group: string): readonly string[] =>
  region.instances
    .all()
    .filter((each) => each.group === group)
    .map(({ address }) => address)
    .toSorted();

const servedBy = async (headers: Record<string, string>): Promise<string | null> => {
  const url = `http://${PLAN.balancer('a')}/health`;
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  return answer?.headers.get('x-served-by') ?? null;
};

/** As a function there would. */
const statusFromVpc = async (port: number): Promise<number | null> => {
  const url = `http://${PLAN.endpoint}:${port}/`;
  const program = `fetch('${url}', { method: 'POST', signal: AbortSignal.timeout(2000) }).then((r) => console.log(r.status), () => console.log('none'))`;
  const inside = ['netns', 'exec', NAMESPACES.prober('a'), process.execPath, '-e', program];
  const { stdout } = await runProgram('ip', inside);
  return /^\d+$/.test(stdout.trim()) ? Number(stdout) : null;
};

/** Until all new members have said that they see as many: before it has joined a member lists itself alone. */
const newLists = async (stage: Stage): Promise<MoveResult['newLists']> => {
  const look = async (): Promise<MoveResult['newLists']> => {
    const lists = stage.truth.lists();
    const seen = addressesOf(stage, STANDBY).map((each): [string, readonly string[] | null] => [
      each,
      lists.get(each)?.toSorted() ?? null,
    ]);
    return await Promise.resolve(Object.fromEntries(seen));
  };
  const haveFormed = (lists: MoveResult['newLists']): boolean =>
    Object.values(lists).filter((list) => list?.length === SIZE).length === SIZE;
  return await until(look, haveFormed, DEADLINE_MS);
};

const preview = async ({ region }: Stage): Promise<string> => {
  const { Rules } = await region.clients.elb.send(
    new CreateRuleCommand({
      ListenerArn: PLAN.listener,
      Priority: 1,
      Conditions: [
        { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: HEADER, Values: ['api'] } },
      ],
      Actions: [{ Type: 'forward', TargetGroupArn: targetGroupOf(region, STANDBY) }],
    }),
  );
  return Rules?.[0]?.RuleArn ?? '';
};

const targetGroupOf = ({ scaling }: Stage['region'], group: string): string =>
  [...(scaling.groups.get(group)?.targetGroupArns ?? [])][0] ?? '';

const healthy = ({ balancer, region }: Stage, group: string): number => {
  const arn = targetGroupOf(region, group);
  return balancer
    .health()
    .filter(({ targetGroupArn, state }) => targetGroupArn === arn && state === 'healthy').length;
};

const loggedInSince = (atMs: number): number =>
  calls.filter(({ kind, failed, startMs }) => kind === 'login' && !failed && startMs >= atMs)
    .length;

const check = async (stage: Stage): Promise<MoveResult> => {
  const { region, clients, hypervisor } = stage;
  await untilFormed(stage, SIZE);
  const oldAddresses = addressesOf(stage, GROUP);
  await clients.logIn(30_000);
  const old = region.instances.all().map(({ id }) => id);
  const held = await copiesOn(hypervisor, old);
  clients.begin();
  const fromVpc = {
    dynamodb: await statusFromVpc(PLAN.dynamodbPort),
    others: await statusFromVpc(PLAN.endpointPort),
  };
  await scale(stage, STANDBY, SIZE);
  const lists = await newLists(stage);
  const RuleArn = await preview(stage);
  await until(
    async () => await Promise.resolve(healthy(stage, STANDBY)),
    (n) => n === SIZE,
    DEADLINE_MS,
  );
  const servedBefore = { users: await servedBy({}), preview: await servedBy({ [HEADER]: 'api' }) };
  const DefaultActions = [
    { Type: 'forward' as const, TargetGroupArn: targetGroupOf(region, STANDBY) },
  ];
  await region.clients.elb.send(
    new ModifyListenerCommand({ ListenerArn: PLAN.listener, DefaultActions }),
  );
  await region.clients.elb.send(new DeleteRuleCommand({ RuleArn }));
  const switchedAtMs = Date.now();
  await scale(stage, GROUP, 0);
  await until(
    async () => await Promise.resolve(loggedInSince(switchedAtMs)),
    (n) => n >= BACK,
    DEADLINE_MS,
  );
  await until(
    async () => await Promise.resolve(leftovers(stage)),
    (left) => left.length === 0,
    DEADLINE_MS,
  );
  const census = await clients.finish(10_000);
  const sideOf = (address: string): string | null =>
    region.instances.all().find((each) => each.address === address)?.group ?? null;
  const firsts = census.sessions.filter(
    (session, at, all) => all.findIndex(({ user }) => user === session.user) === at,
  );
  return {
    newLists: lists,
    oldAddresses,
    newAddresses: addressesOf(stage, STANDBY),
    servedBefore,
    fromVpc,
    sessions: { open: firsts.length, held: firsts.filter(({ id }) => held.has(id)).length },
    flips: flipsOf(calls, sideOf),
    census,
    leftovers: leftovers(stage),
    cluster: stage.truth.cluster(STANDBY),
  };
};

await writeFile(result, JSON.stringify(await check(await open())));
process.exit(0);
