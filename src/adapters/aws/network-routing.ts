/**
 * Where a listener of a Network Load Balancer sends a fleet's users: its default action, the only one it has. Unproven: tested
 * against the wire, never with a real one.
 */
import {
  DescribeListenersCommand,
  ModifyListenerCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Routing, SideName } from '../../core/sides.ts';
import { done, failed, mutate, type Result, unchecked } from './act-result.ts';
import { call } from './call.ts';
import type { AwsClients } from './clients.ts';
import { AnswerUnusable } from './group.ts';
import {
  forwardedTo,
  type RoutedBy,
  readSideTargets,
  type SideTargets,
  sideOf,
} from './routing.ts';
import { isSame, withoutTargets } from './routing-acts.ts';

interface Parts extends RoutedBy<'network'> {
  readonly clients: Pick<AwsClients, 'once' | 'retried'>;
}

type DefaultAction = Parameters<typeof forwardedTo>[0];

/** @throws CallFailed, AnswerUnusable */
export const readNetworkRouting = async (
  parts: RoutedBy<'network'>,
  signal: AbortSignal,
): Promise<Routing> => {
  const [users, targets] = await readAll(parts, signal);
  return { side: sideOf(users, targets), preview: null };
};

/** All new connections to one side, in one call. Those that are open stay where they are until they end, or their target goes. */
export const switchNetwork = async (
  parts: Parts,
  side: SideName,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const { fleet, clients, routing } = parts;
  let known: readonly [users: DefaultAction, targets: SideTargets];
  try {
    known = await readAll(parts, abortSignal);
  } catch (error) {
    return unchecked(error);
  }
  const [users, { [side]: wanted }] = known;
  const [arn] = wanted;
  if (arn === undefined) return failed(withoutTargets(fleet, side));
  if (wanted.length > 1) {
    return failed(
      `the group of the ${side} side has ${wanted.length} target groups, and a listener of a Network Load Balancer is led to one: keep that one`,
    );
  }
  if (isSame(forwardedTo(users), wanted)) return done(`users go to the ${side} side already`);
  const command = new ModifyListenerCommand({
    ListenerArn: routing.arn,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: arn }],
  });
  return await mutate('elasticloadbalancing:ModifyListener', abortSignal, async () => {
    await clients.once.balancing.send(command, { abortSignal });
    return done(`users go to the ${side} side`);
  });
};

const readAll = async (
  parts: RoutedBy<'network'>,
  signal: AbortSignal,
): Promise<readonly [users: DefaultAction, targets: SideTargets]> =>
  await Promise.all([readDefaultAction(parts, signal), readSideTargets(parts, signal)]);

const readDefaultAction = async (
  { fleet, clients, routing }: RoutedBy<'network'>,
  abortSignal: AbortSignal,
): Promise<DefaultAction> => {
  const command = new DescribeListenersCommand({ ListenerArns: [routing.arn] });
  const { Listeners = [] } = await call(
    'elasticloadbalancing:DescribeListeners',
    clients.retried.balancing.send(command, { abortSignal }),
  );
  const [listener] = Listeners;
  if (listener === undefined) {
    throw new AnswerUnusable(
      `the load balancer has no listener ${routing.arn}: correct \`routing\` of fleet "${fleet.name}"`,
    );
  }
  return { Actions: listener.DefaultActions };
};
