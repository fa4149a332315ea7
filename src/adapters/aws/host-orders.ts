/**
 * Orders to hosts: our own SSM documents, and nothing else. Each says for whom it is meant, until when, and under which
 * fence number, and the host refuses what does not fit; so an order may come late or twice without harm.
 */
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import type { Fleet, Settings } from '../../config/fleet.ts';
import type { Act } from '../../core/acts.ts';
import type { InstanceId } from '../../core/observation.ts';
import { done, explained, mutate, type Result } from './act-result.ts';
import type { AwsClients } from './clients.ts';

/** SSM's smallest allowed delivery deadline. The document's own `NotAfter` is the one that counts. */
const DELIVERY_TIMEOUT_S = 30;

interface Parts {
  readonly clients: Pick<AwsClients, 'once'>;
  readonly fleet: Fleet;
  readonly settings: Settings;
}

type HostAct = Extract<Act, { kind: 'kill' | 'fence' | 'lift' | 'stop' }>;

export const orderHosts = async (
  { clients, fleet, settings }: Parts,
  act: HostAct,
  abortSignal: AbortSignal,
): Promise<Result> => {
  const { document, hosts, parameters } = orderOf(fleet, act);
  const command = new SendCommandCommand({
    DocumentName: `${settings.documents}-${document}`,
    InstanceIds: [...hosts],
    TimeoutSeconds: DELIVERY_TIMEOUT_S,
    Comment: `quorate ${fleet.name} ${act.kind} ${act.fence}`.slice(0, 100),
    Parameters: Object.fromEntries(
      Object.entries({
        ...parameters,
        Fence: act.fence,
        NotAfter: Math.floor(act.notAfterMs),
        Service: fleet.member.service,
        Port: fleet.member.port,
      }).map(([name, value]) => [name, [`${value}`]]),
    ),
  });
  const result = await mutate('ssm:SendCommand', abortSignal, async () => {
    const commandId = (await clients.once.ssm.send(command, { abortSignal })).Command?.CommandId;
    return commandId === undefined
      ? { outcome: 'unknown', detail: 'SSM gave no command id', commandId: null }
      : { ...done(`SSM took the ${act.kind} as command ${commandId}`), commandId };
  });
  return explained(result, 'InvalidInstanceId', WITHOUT_AGENT);
};

interface HostOrder {
  readonly document: 'kill-member' | 'fence-peer' | 'stop-member';
  readonly hosts: readonly InstanceId[];
  readonly parameters: Readonly<Record<string, string | number>>;
}

const orderOf = (fleet: Fleet, act: HostAct): HostOrder => {
  switch (act.kind) {
    case 'kill':
      return {
        document: 'kill-member',
        hosts: [act.target.instanceId],
        parameters: {
          InstanceId: act.target.instanceId,
          StartedBefore: Math.floor(act.startedBeforeMs),
          CaptureMs: Math.floor(fleet.policy.captureMs),
        },
      };
    case 'stop':
      return {
        document: 'stop-member',
        hosts: [act.target.instanceId],
        parameters: { InstanceId: act.target.instanceId, StopMs: Math.floor(act.stopMs) },
      };
    case 'fence':
    case 'lift':
      return {
        document: 'fence-peer',
        hosts: act.hosts,
        parameters: {
          Action: act.kind,
          Hosts: act.hosts.join(','),
          PeerId: act.target.instanceId,
          PeerAddress: act.target.address,
          Until: act.kind === 'fence' ? Math.floor(act.untilMs) : 0,
          Seats: act.seats,
          Networks: fleet.networks.join(','),
        },
      };
  }
};

const WITHOUT_AGENT =
  'SSM knows no agent on this host (InvalidInstanceId): it must run, and its role must allow what AmazonSSMManagedInstanceCore allows';
