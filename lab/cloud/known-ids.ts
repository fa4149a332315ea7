/** Ids that are the same in every run: what a fleets file names before the region that it is deployed into exists. */
import { createHash, randomInt } from 'node:crypto';
import type { Send } from './clients.ts';
import { createQueue } from './queue.ts';

/** Creates something in moto whose id follows from `name` alone. */
export type WithKnownId = <T>(name: string, create: () => Promise<T>) => Promise<T>;

const SEED_MAX = 2 ** 31 - 1;

/**
 * moto draws its ids from a generator that can be seeded over its own API. Sown anew afterwards: else whatever comes next
 * would draw the same ids in every run, and twice the same ones in one.
 */
export const createKnownIds = (send: Send): WithKnownId => {
  const oneAtATime = createQueue();
  const sow = async (seed: number): Promise<void> => {
    const path = `/moto-api/seed?a=${seed}`;
    await send({ method: 'POST', path, headers: {}, body: Buffer.alloc(0) });
  };
  return async (name, create) =>
    await oneAtATime(async () => {
      await sow(createHash('sha256').update(name).digest().readUInt32BE() % SEED_MAX);
      try {
        return await create();
      } finally {
        await sow(randomInt(SEED_MAX));
      }
    });
};
