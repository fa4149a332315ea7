/**
 * Which of two weighted records of Route 53 a fleet's name stands for: the one that has all the weight. Unproven: tested
 * against the wire, never with a real hosted zone.
 *
 * Both are changed in one batch. Who has asked before keeps the old answer for the record's time to live, so the old side has
 * to be left to drain for longer than that (config/routing-problems.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import type { Routing, SideName } from '../../core/sides.ts';
import { done, mutate, type Result, unchecked } from './act-result.ts';
import { call } from './call.ts';
import { type AwsClients, RETRIED_ATTEMPTS } from './clients.ts';
import { AnswerUnusable } from './group.ts';
import type { RoutedBy } from './routing.ts';

interface Parts extends Omit<RoutedBy<'record'>, 'clients'> {
  readonly clients: Pick<AwsClients, 'options'>;
}

type Records = Readonly<Record<SideName, ResourceRecordSet>>;

/** Route 53's largest page; a name with as many weighted records is nobody's fleet. */
const RECORDS_MAX = 300;
const LOOK_EVERY_MS = 1_000;

/** @throws CallFailed, AnswerUnusable */
export const readRecordRouting = async (parts: Parts, signal: AbortSignal): Promise<Routing> => ({
  side: sideOf(await readRecords(parts, signal)),
  preview: null,
});

/** All of the weight to one side, in one change; then it is waited for until all name servers have it, or until time is over. */
export const switchRecords = async (
  parts: Parts,
  side: SideName,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const { clients, routing } = parts;
  let records: Records;
  try {
    records = await readRecords(parts, abortSignal);
  } catch (error) {
    return unchecked(error);
  }
  if (sideOf(records) === side) return done(`users go to the ${side} side already`);
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: routing.zone,
    ChangeBatch: {
      Changes: (['blue', 'green'] as const).map((each) => ({
        Action: 'UPSERT' as const,
        ResourceRecordSet: { ...records[each], Weight: each === side ? 1 : 0 },
      })),
    },
  });
  return await mutate('route53:ChangeResourceRecordSets', abortSignal, async () => {
    const { ChangeInfo } = await clientOf(clients, 1).send(command, { abortSignal });
    const isKnown = await isInSync(clients, ChangeInfo?.Id ?? '', abortSignal);
    const where = isKnown ? 'all name servers say so' : 'not all name servers say so yet';
    return done(`users go to the ${side} side: ${where}`);
  });
};

const clientOf = ({ options }: Parts['clients'], maxAttempts: number): Route53Client =>
  new Route53Client(options(maxAttempts));

/** Whatever keeps it from being known, the change itself is made. */
const isInSync = async (
  clients: Parts['clients'],
  Id: string,
  signal: AbortSignal,
): Promise<boolean> => {
  const client = clientOf(clients, RETRIED_ATTEMPTS);
  try {
    for (;;) {
      const asked = client.send(new GetChangeCommand({ Id }), { abortSignal: signal });
      const { ChangeInfo } = await call('route53:GetChange', asked);
      if (ChangeInfo?.Status === 'INSYNC') return true;
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  } catch {
    return false;
  }
};

const sideOf = ({ blue, green }: Records): SideName | null => {
  const isBlue = (blue.Weight ?? 0) > 0;
  const isGreen = (green.Weight ?? 0) > 0;
  return isBlue === isGreen ? null : isBlue ? 'blue' : 'green';
};

const readRecords = async (
  { fleet, clients, routing }: Parts,
  abortSignal: AbortSignal,
): Promise<Records> => {
  const { zone, name, type } = routing;
  const command = new ListResourceRecordSetsCommand({
    HostedZoneId: zone,
    StartRecordName: name,
    StartRecordType: type,
    MaxItems: RECORDS_MAX,
  });
  const { ResourceRecordSets = [] } = await call(
    'route53:ListResourceRecordSets',
    clientOf(clients, RETRIED_ATTEMPTS).send(command, { abortSignal }),
  );
  // The listing goes on with the names after it.
  const all = ResourceRecordSets.filter((each) => each.Name === `${name}.` && each.Type === type);
  const blue = all.find(({ SetIdentifier }) => SetIdentifier === 'blue');
  const green = all.find(({ SetIdentifier }) => SetIdentifier === 'green');
  const problem =
    blue === undefined || green === undefined || all.length > 2
      ? 'is not the name of two records, with the set identifiers blue and green'
      : problemOf([blue, green]);
  if (problem !== null || blue === undefined || green === undefined) {
    throw new AnswerUnusable(`${name} ${problem} (\`routing\` of fleet "${fleet.name}")`);
  }
  return { blue, green };
};

/** What would lead users somewhere else than the weights say. */
const problemOf = (records: readonly ResourceRecordSet[]): string | null => {
  if (records.some(({ Weight }) => Weight === undefined)) return 'has records without a weight';
  const isChecked = records.some(
    ({ HealthCheckId, AliasTarget }) =>
      HealthCheckId !== undefined || AliasTarget?.EvaluateTargetHealth === true,
  );
  return isChecked
    ? 'has a record with a health check, by which Route 53 would send users back by itself: take it off'
    : null;
};
