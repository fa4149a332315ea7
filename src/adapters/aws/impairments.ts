/**
 * What AWS has against the fleet's instances: failed status checks, scheduled events, spot notices.
 *
 * Not vital: it only lets Quorate act before something breaks. A call that fails, or takes too long, says nothing
 * against anybody.
 */
import {
  type EC2Client,
  type Instance,
  type InstanceStatus,
  type InstanceStatusEvent,
  paginateDescribeInstanceStatus,
  paginateDescribeSpotInstanceRequests,
} from '@aws-sdk/client-ec2';
import type { Impairment, InstanceId } from '../../core/observation.ts';
import { CallFailed, pagesOf, slicesOf } from './call.ts';

/** Most ids that one DescribeInstanceStatus may name. */
const IDS_MAX = 100;

export type Impairments = ReadonlyMap<InstanceId, readonly Impairment[]>;

type Found = readonly (readonly [InstanceId, Impairment])[];

/** By instance; whoever is not in it has nothing against it. Never rejects for what AWS answers. */
export const readImpairments = async (
  client: EC2Client,
  instances: readonly Instance[],
  abortSignal: AbortSignal,
): Promise<Impairments> => {
  const ids = instances.map((instance) => instance.InstanceId ?? '');
  const found = await Promise.all([
    ...slicesOf(ids, IDS_MAX).map((slice) => readStatus(client, slice, abortSignal)),
    ...slicesOf(spotRequestsOf(instances), IDS_MAX).map((slice) =>
      readSpotNotices(client, slice, abortSignal),
    ),
  ]);
  const byInstance = new Map<InstanceId, readonly Impairment[]>();
  for (const [id, impairment] of found.flat()) {
    byInstance.set(id, [...(byInstance.get(id) ?? []), impairment]);
  }
  return byInstance;
};

const readStatus = async (
  client: EC2Client,
  ids: readonly InstanceId[],
  abortSignal: AbortSignal,
): Promise<Found> => {
  const pages = paginateDescribeInstanceStatus(
    { client },
    { InstanceIds: [...ids] },
    { abortSignal },
  );
  const answers = await told('ec2:DescribeInstanceStatus', pages);
  return answers
    .flatMap((answer) => answer.InstanceStatuses ?? [])
    .flatMap((status) =>
      impairmentsOf(status).map((each) => [status.InstanceId ?? '', each] as const),
    );
};

const impairmentsOf = (status: InstanceStatus): readonly Impairment[] => [
  ...check('systemStatus', status.SystemStatus?.Status),
  ...check('instanceStatus', status.InstanceStatus?.Status),
  ...(status.Events ?? []).filter(isAhead).map(
    (event): Impairment => ({
      kind: 'scheduledEvent',
      code: event.Code ?? 'unknown',
      atMs: event.NotBefore?.getTime() ?? null,
    }),
  ),
];

/** `initializing` and `insufficient-data` say that AWS does not know; a word of tomorrow says nothing. */
const check = (
  kind: 'systemStatus' | 'instanceStatus',
  word: string | undefined,
): readonly Impairment[] => (word === 'impaired' ? [{ kind, code: word, atMs: null }] : []);

/** Events that are over stay listed for a week, with a mark in front of their description. */
const isAhead = ({ Description = '' }: InstanceStatusEvent): boolean =>
  !/^\[(completed|cancell?ed)\]/i.test(Description.trim());

const spotRequestsOf = (instances: readonly Instance[]): readonly string[] =>
  instances
    .filter((instance) => instance.InstanceLifecycle === 'spot')
    .map((instance) => instance.SpotInstanceRequestId ?? '')
    .filter((id) => id !== '');

/** `marked-for-termination` or `marked-for-stop`: two minutes before it happens, at best. */
const NOTICE = /^marked-for-/;

const readSpotNotices = async (
  client: EC2Client,
  ids: readonly string[],
  abortSignal: AbortSignal,
): Promise<Found> => {
  const input = { SpotInstanceRequestIds: [...ids] };
  const pages = paginateDescribeSpotInstanceRequests({ client }, input, { abortSignal });
  const answers = await told('ec2:DescribeSpotInstanceRequests', pages);
  return answers
    .flatMap((answer) => answer.SpotInstanceRequests ?? [])
    .filter((request) => NOTICE.test(request.Status?.Code ?? ''))
    .map((request) => {
      const code = request.Status?.Code ?? '';
      return [request.InstanceId ?? '', { kind: 'spotNotice', code, atMs: null }] as const;
    });
};

/** All pages, or none when AWS does not answer well. */
const told = async <T>(action: string, pages: AsyncIterable<T>): Promise<readonly T[]> => {
  try {
    return await pagesOf(action, pages);
  } catch (error) {
    if (error instanceof CallFailed) return [];
    throw error;
  }
};
