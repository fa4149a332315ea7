/** The courier's real parts. Apart from `compose.ts`, which has everything that acts on AWS. */
import { createClients } from './adapters/aws/clients.ts';
import { createCourierJournal } from './adapters/aws/courier-journal.ts';
import { createCourierRow } from './adapters/aws/courier-row.ts';
import { connectSides } from './adapters/hazelcast/courier/connect.ts';
import { wayOf } from './adapters/hazelcast/courier/way.ts';
import { systemClock } from './adapters/system/clock.ts';
import { composeVault } from './compose-vault.ts';
import { bundledFleets, fleetsSource } from './config/bundled-fleets.ts';
import type { Fleet } from './config/fleet.ts';
import { readTable } from './config/settings.ts';
import type { VaultWord } from './core/vault.ts';
import { type Carried, type CourierParts, carry } from './courier/courier.ts';
import { type End, readCourierRequest } from './courier/event.ts';
import type { CourierJob } from './courier/job.ts';

type Slice = Pick<CourierJob, 'holder' | 'untilMs'>;

/** What an invocation came to. */
export type Worked = Carried | VaultWord;

/** @returns one invocation: never rejects. @throws ConfigInvalid when its environment is wrong. */
export const composeCourier = (): ((event: unknown, slice: Slice) => Promise<Worked>) => {
  const clients = createClients();
  const table = readTable();
  const vault = composeVault();
  return async (event, slice) => {
    const request = readCourierRequest(event);
    if (!request.ok) return { stoodBack: `it refused the request: ${request.error}` };
    const asked = request.value;
    const fleet = bundledFleets.find(({ name }) => name === asked.fleet);
    if (fleet === undefined) {
      return { stoodBack: `its fleets (${fleetsSource}) have no ${asked.fleet}` };
    }
    const own = { table, fleet: fleet.name, clients };
    if ('keep' in asked) return await vault.keep(fleet, asked.keep, { own, slice });
    const carried = async (
      connect: CourierParts['connect'],
      ends: Pick<CourierJob, 'undoes' | 'from' | 'to' | 'isRestoring'>,
    ): Promise<Carried> =>
      await carry(
        {
          clock: systemClock,
          row: createCourierRow(own),
          journalOf: (of) => createCourierJournal(own, of, () => systemClock.nowMs()),
          connect,
          random: Math.random,
        },
        { ...slice, job: asked.job, ...ends, ...limitsOf(fleet.sessions) },
      );
    if ('restore' in asked) {
      const ends = { undoes: null, isRestoring: true, from: [], to: idsOf(asked.restore) } as const;
      return await carried(vault.restored(fleet, asked.restore), ends);
    }
    const way = wayOf(fleet, asked);
    const { undoes, from, to } = asked;
    return await carried(async (hear) => (way.ok ? await connectSides(way.value, hear) : way), {
      undoes,
      from: idsOf(from),
      to: idsOf(to),
    });
  };
};

const idsOf = ({ nodes }: End): readonly string[] => nodes.map(({ instanceId }) => instanceId);

const limitsOf = (
  sessions: Fleet['sessions'],
): Pick<CourierJob, 'maps' | 'entriesPerS' | 'leastTtlMs'> =>
  sessions ?? { maps: [], entriesPerS: Infinity, leastTtlMs: 0 };
