/** On which hosts an SSM agent reported lately. Not vital: an order to a host without one fails, and says so. */
import { paginateDescribeInstanceInformation, type SSMClient } from '@aws-sdk/client-ssm';
import type { InstanceId } from '../../core/observation.ts';
import { CallFailed, pagesOf, slicesOf } from './call.ts';

/** Most ids that one DescribeInstanceInformation may name, and the most that one page returns. */
const PAGE_SIZE = 50;

/** Ids whose agent is online; `null` when AWS did not say. */
export const readAgents = async (
  client: SSMClient,
  ids: readonly InstanceId[],
  abortSignal: AbortSignal,
): Promise<ReadonlySet<InstanceId> | null> => {
  const readSlice = async (slice: readonly InstanceId[]) => {
    const input = { Filters: [{ Key: 'InstanceIds', Values: [...slice] }] };
    return await pagesOf(
      'ssm:DescribeInstanceInformation',
      paginateDescribeInstanceInformation({ client, pageSize: PAGE_SIZE }, input, { abortSignal }),
    );
  };
  try {
    const pages = await Promise.all(slicesOf(ids, PAGE_SIZE).map(readSlice));
    const online = pages
      .flat()
      .flatMap((page) => page.InstanceInformationList ?? [])
      .filter((information) => information.PingStatus === 'Online')
      .map((information) => information.InstanceId ?? '');
    return new Set(online);
  } catch (error) {
    if (error instanceof CallFailed) return null;
    throw error;
  }
};
