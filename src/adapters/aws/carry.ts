/** Starts a courier. A second one of the same job finds the first one's row and leaves it alone, so this may come twice. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Fleet, Settings } from '../../config/fleet.ts';
import type { MoveAct } from '../../core/acts.ts';
import type { Target } from '../../core/observation.ts';
import { otherSide, type SideName } from '../../core/sides.ts';
import { done, failed, mutate, type Result } from './act-result.ts';
import type { AwsClients } from './clients.ts';

/** What a courier is told. */
export interface CourierEvent {
  readonly fleet: string;
  readonly job: number;
  readonly from: { readonly side: SideName; readonly nodes: readonly Target[] };
  readonly to: { readonly side: SideName; readonly nodes: readonly Target[] };
  readonly undoes: number | null;
}

interface Parts {
  readonly fleet: Fleet;
  readonly settings: Settings;
  readonly clients: Pick<AwsClients, 'once'>;
}

/** Asynchronously: it works for minutes, and tells how it goes in a row of its own. */
export const carry = async (
  { fleet, settings, clients }: Parts,
  { side, job, from, to, undoes }: Extract<MoveAct, { kind: 'carry' }>,
  abortSignal: AbortSignal,
): Promise<Result> => {
  if (settings.courier === '') {
    return failed(`no courier is deployed for fleet "${fleet.name}": deploy it again`);
  }
  const event: CourierEvent = {
    fleet: fleet.name,
    job,
    from: { side: otherSide(side), nodes: from.map(plain) },
    to: { side, nodes: to.map(plain) },
    undoes,
  };
  const command = new InvokeCommand({
    FunctionName: settings.courier,
    InvocationType: 'Event',
    Payload: new TextEncoder().encode(JSON.stringify(event)),
  });
  return await mutate('lambda:InvokeFunction', abortSignal, async () => {
    await clients.once.lambda.send(command, { abortSignal });
    return done(`a courier carries job ${job}`);
  });
};

const plain = ({ instanceId, address }: Target): Target => ({ instanceId, address });
