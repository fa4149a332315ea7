/**
 * The load balancer's private addresses, which observers connect to in their self-test.
 *
 * They change only when the balancer scales or loses a zone, so they are kept for five minutes. A refresh that fails
 * keeps the old ones for an hour: an address that is gone costs a self-test one more connection and can never make a
 * blind observer look sighted. With nothing kept, the reading fails: an empty list would say "there is no load
 * balancer", and quietly take the one self-test away that does not depend on the nodes.
 */
import { type EC2Client, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import {
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Address } from '../../core/observation.ts';
import type { Clock } from '../../ports.ts';
import { pagesOf } from './call.ts';

const FRESH_MS = 300_000;
const USABLE_MS = 3_600_000;

interface Clients {
  readonly balancing: ElasticLoadBalancingV2Client;
  readonly ec2: EC2Client;
}

/** @throws CallFailed when nothing usable is known. */
export type BalancerAddresses = (
  targetGroupArns: readonly string[],
  abortSignal: AbortSignal,
) => Promise<readonly Address[]>;

export const createBalancerAddresses = (clients: Clients, clock: Clock): BalancerAddresses => {
  let kept: { key: string; readAtMs: number; addresses: readonly Address[] } | null = null;
  return async (targetGroupArns, abortSignal) => {
    const key = targetGroupArns.toSorted().join(' ');
    const known = kept?.key === key ? kept : null;
    const ageMs = known === null ? Number.POSITIVE_INFINITY : clock.nowMs() - known.readAtMs;
    if (known !== null && ageMs < FRESH_MS) return known.addresses;
    try {
      const addresses = await readAddresses(clients, targetGroupArns, abortSignal);
      kept = { key, readAtMs: clock.nowMs(), addresses };
      return addresses;
    } catch (error) {
      if (known !== null && ageMs < USABLE_MS) return known.addresses;
      throw error;
    }
  };
};

const readAddresses = async (
  clients: Clients,
  targetGroupArns: readonly string[],
  abortSignal: AbortSignal,
): Promise<readonly Address[]> => {
  if (targetGroupArns.length === 0) return [];
  const groupPages = await pagesOf(
    'elasticloadbalancing:DescribeTargetGroups',
    paginateDescribeTargetGroups(
      { client: clients.balancing },
      { TargetGroupArns: [...targetGroupArns] },
      { abortSignal },
    ),
  );
  const groups = groupPages.flatMap((page) => page.TargetGroups ?? []);
  const descriptions = groups.flatMap((group) => group.LoadBalancerArns ?? []).map(descriptionOf);
  const vpcs = groups.map((group) => group.VpcId ?? '').filter((vpc) => vpc !== '');
  if (descriptions.length === 0) return [];
  const pages = await pagesOf(
    'ec2:DescribeNetworkInterfaces',
    paginateDescribeNetworkInterfaces(
      { client: clients.ec2 },
      {
        Filters: [
          { Name: 'description', Values: [...new Set(descriptions)] },
          { Name: 'vpc-id', Values: [...new Set(vpcs)] },
        ],
      },
      { abortSignal },
    ),
  );
  const addresses = pages
    .flatMap((page) => page.NetworkInterfaces ?? [])
    .map((card) => card.PrivateIpAddress ?? '')
    .filter((address) => address !== '');
  return [...new Set(addresses)].toSorted();
};

/** `...:loadbalancer/app/NAME/ID` owns network interfaces that are described as `ELB app/NAME/ID`. */
const descriptionOf = (loadBalancerArn: string): string =>
  `ELB ${loadBalancerArn.slice(loadBalancerArn.indexOf(':loadbalancer/') + ':loadbalancer/'.length)}`;
