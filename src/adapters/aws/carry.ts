/** Calls the courier. A second one of the same job finds the first one's row and leaves it alone, so this may come twice. */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { Fleet, Settings } from '../../config/fleet.ts';
import type { MoveAct } from '../../core/acts.ts';
import type { Target } from '../../core/observation.ts';
import { otherSide, type SideName } from '../../core/sides.ts';
import { done, failed, mutate, type Result } from './act-result.ts';
import type { AwsClients } from './clients.ts';

/** What a courier is told: see `readCourierRequest`, which checks it. */
export interface CourierEvent {
  readonly fleet: string;
  readonly job?: number;
  readonly from?: End;
  readonly to?: End;
  readonly undoes?: number | null;
  readonly restore?: End;
  readonly keep?: End;
}

interface End {
  readonly side: SideName;
  readonly nodes: readonly Target[];
}

interface Parts {
  readonly fleet: Fleet;
  readonly settings: Settings;
  readonly clients: Pick<AwsClients, 'once'>;
}

type CourierAct = Extract<MoveAct, { kind: 'carry' | 'restore' | 'keep' }>;

/** Asynchronously: it works for minutes, and tells how it goes in a row of its own. */
export const callCourier = async (
  { fleet, settings, clients }: Parts,
  act: CourierAct,
  abortSignal: AbortSignal,
): Promise<Result> => {
  if (settings.courier === '') {
    return failed(`no courier is deployed for fleet "${fleet.name}": deploy it again`);
  }
  const event: CourierEvent = { fleet: fleet.name, ...wordsOf(act) };
  const command = new InvokeCommand({
    FunctionName: settings.courier,
    InvocationType: 'Event',
    Payload: new TextEncoder().encode(JSON.stringify(event)),
  });
  return await mutate('lambda:InvokeFunction', abortSignal, async () => {
    await clients.once.lambda.send(command, { abortSignal });
    return done(saidOf(act));
  });
};

const wordsOf = (act: CourierAct): Omit<CourierEvent, 'fleet'> => {
  const end = (side: SideName, nodes: readonly Target[]): End => ({
    side,
    nodes: nodes.map(plain),
  });
  switch (act.kind) {
    case 'carry':
      return {
        job: act.job,
        from: end(otherSide(act.side), act.from),
        to: end(act.side, act.to),
        undoes: act.undoes,
      };
    case 'restore':
      return { job: act.job, restore: end(act.side, act.to) };
    case 'keep':
      return { keep: end(act.side, act.nodes) };
  }
};

const saidOf = (act: CourierAct): string => {
  if (act.kind === 'keep') return `a generation is taken from ${act.nodes.length} members`;
  return `a courier ${act.kind === 'carry' ? 'carries' : 'restores'} job ${act.job}`;
};

const plain = ({ instanceId, address }: Target): Target => ({ instanceId, address });
