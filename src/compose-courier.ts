/** The courier's real parts. Apart from `compose.ts`, which has everything that acts on AWS. */
import { createClients } from './adapters/aws/clients.ts';
import { createCourierJournal } from './adapters/aws/courier-journal.ts';
import { createCourierRow } from './adapters/aws/courier-row.ts';
import { connectSides } from './adapters/hazelcast/courier/connect.ts';
import { wayOf } from './adapters/hazelcast/courier/way.ts';
import { systemClock } from './adapters/system/clock.ts';
import { bundledFleets, fleetsSource } from './config/bundled-fleets.ts';
import { readTable } from './config/settings.ts';
import { type Carried, carry } from './courier/courier.ts';
import { readCarryRequest } from './courier/event.ts';
import type { CourierJob } from './courier/job.ts';

type Slice = Pick<CourierJob, 'holder' | 'untilMs'>;

/** @returns one invocation: never rejects. @throws ConfigInvalid when its environment is wrong. */
export const composeCourier = (): ((event: unknown, slice: Slice) => Promise<Carried>) => {
  const clients = createClients();
  const table = readTable();
  return async (event, slice) => {
    const request = readCarryRequest(event);
    if (!request.ok) return { stoodBack: `it refused the request: ${request.error}` };
    const { fleet: name, job, undoes, from, to } = request.value;
    const fleet = bundledFleets.find((each) => each.name === name);
    if (fleet === undefined) return { stoodBack: `its fleets (${fleetsSource}) have no ${name}` };
    const way = wayOf(fleet, request.value);
    const own = { table, fleet: name, clients };
    return await carry(
      {
        clock: systemClock,
        row: createCourierRow(own),
        journalOf: (of) => createCourierJournal(own, of, () => systemClock.nowMs()),
        connect: async (hear) => (way.ok ? await connectSides(way.value, hear) : way),
        random: Math.random,
      },
      {
        ...slice,
        job,
        undoes,
        from: from.nodes.map(({ instanceId }) => instanceId),
        to: to.nodes.map(({ instanceId }) => instanceId),
        ...limitsOf(fleet.sessions),
      },
    );
  };
};

const limitsOf = (
  sessions: (typeof bundledFleets)[number]['sessions'],
): Pick<CourierJob, 'maps' | 'entriesPerS' | 'leastTtlMs'> =>
  sessions ?? { maps: [], entriesPerS: Infinity, leastTtlMs: 0 };
