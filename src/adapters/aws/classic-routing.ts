/**
 * Which group of a fleet a Classic Load Balancer is attached to: that one's instances get all users. Unproven: tested against
 * the wire, never with a real one.
 *
 * It cannot be led from one group to the other in one change. It is detached first: for some seconds, until the newcomers have
 * passed its health check, users get a 503, and nobody ever alternates between two clusters.
 */
import {
  AttachLoadBalancersCommand,
  type AutoScalingClient,
  DetachLoadBalancersCommand,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-auto-scaling';
import { fleetOn, noSuchSide } from '../../config/fleet.ts';
import { otherSide, type Routing, type SideName } from '../../core/sides.ts';
import { done, failed, mutate, type Result, unchecked } from './act-result.ts';
import { pagesOf } from './call.ts';
import type { AwsClients } from './clients.ts';
import type { RoutedBy } from './routing.ts';

interface Parts extends RoutedBy<'classic'> {
  readonly clients: Pick<AwsClients, 'once' | 'retried'>;
}

type Attached = Readonly<Record<SideName, boolean>>;

/** @throws CallFailed */
export const readClassicRouting = async (
  parts: RoutedBy<'classic'>,
  signal: AbortSignal,
): Promise<Routing> => {
  const { blue, green } = await readAttached(parts, signal);
  if (!blue && !green) return { side: null, preview: null, isHalf: true };
  return { side: blue && green ? null : blue ? 'blue' : 'green', preview: null };
};

/** Off the other group, then to this one; interrupted in between, it goes on from there. */
export const switchClassic = async (
  parts: Parts,
  side: SideName,
  signal: AbortSignal,
): Promise<Result> => {
  let attached: Attached;
  try {
    attached = await readAttached(parts, signal);
  } catch (error) {
    return unchecked(error);
  }
  if (fleetOn(parts.fleet, side) === null) return failed(noSuchSide(parts.fleet, side));
  const other = otherSide(side);
  const left = attached[other] ? await detach(parts, other, signal) : done('');
  if (left.outcome !== 'done') return left;
  return attached[side]
    ? done(`users go to the ${side} side already`)
    : await attach(parts, side, signal);
};

const readAttached = async (
  { fleet, clients, routing }: RoutedBy<'classic'>,
  signal: AbortSignal,
): Promise<Attached> => {
  const isOn = async (side: SideName): Promise<boolean> => {
    const there = fleetOn(fleet, side);
    if (there === null) return false;
    const states = await readStates(clients.retried.autoScaling, there.group, signal);
    return ATTACHED.includes(states.get(routing.balancer) ?? '');
  };
  const [blue, green] = await Promise.all([isOn('blue'), isOn('green')]);
  return { blue, green };
};

/** The rest, `Removing` and `Removed`, get no new calls. */
const ATTACHED: readonly string[] = ['Adding', 'Added', 'InService'];

const readStates = async (
  client: AutoScalingClient,
  AutoScalingGroupName: string,
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  const pages = await pagesOf(
    'autoscaling:DescribeLoadBalancers',
    paginateDescribeLoadBalancers({ client }, { AutoScalingGroupName }, { abortSignal }),
  );
  const all = pages.flatMap((page) => page.LoadBalancers ?? []);
  return new Map(all.map(({ LoadBalancerName = '', State = '' }) => [LoadBalancerName, State]));
};

const inputOf = ({ fleet, routing }: Parts, side: SideName) => ({
  AutoScalingGroupName: fleetOn(fleet, side)?.group,
  LoadBalancerNames: [routing.balancer],
});

const detach = async (parts: Parts, side: SideName, abortSignal: AbortSignal): Promise<Result> => {
  const command = new DetachLoadBalancersCommand(inputOf(parts, side));
  return await mutate('autoscaling:DetachLoadBalancers', abortSignal, async () => {
    await parts.clients.once.autoScaling.send(command, { abortSignal });
    return done(`users go to the ${side} side no more`);
  });
};

const attach = async (parts: Parts, side: SideName, abortSignal: AbortSignal): Promise<Result> => {
  const command = new AttachLoadBalancersCommand(inputOf(parts, side));
  return await mutate('autoscaling:AttachLoadBalancers', abortSignal, async () => {
    await parts.clients.once.autoScaling.send(command, { abortSignal });
    return done(`users go to the ${side} side`);
  });
};
