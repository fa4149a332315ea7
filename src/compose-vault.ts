/** The vault's real parts: a generation that is taken, and one that is put into a cluster. */
import type { CourierTable } from './adapters/aws/courier-row.ts';
import { createKeeperRow } from './adapters/aws/vault-row.ts';
import { createVault, createVaultClient } from './adapters/aws/vault-store.ts';
import { connectKept, connectRestored } from './adapters/hazelcast/courier/connect.ts';
import { vaultWayOf } from './adapters/hazelcast/courier/way.ts';
import { systemClock } from './adapters/system/clock.ts';
import type { Fleet } from './config/fleet.ts';
import type { VaultWord } from './core/vault.ts';
import type { CourierParts } from './courier/courier.ts';
import type { End } from './courier/event.ts';
import type { CourierJob } from './courier/job.ts';
import { findGeneration } from './courier/vault/find.ts';
import { keep } from './courier/vault/keep.ts';
import { generationSource } from './courier/vault/source.ts';

interface Keeping {
  readonly own: CourierTable;
  readonly slice: Pick<CourierJob, 'holder' | 'untilMs'>;
}

export interface ComposedVault {
  /** Never rejects. */
  readonly keep: (
    fleet: Fleet,
    from: End,
    keeping: Keeping,
  ) => Promise<VaultWord | { readonly stoodBack: string }>;
  /** The ends of a courier that carries the last generation. */
  readonly restored: (fleet: Fleet, to: End) => CourierParts['connect'];
}

export const composeVault = (): ComposedVault => {
  const client = createVaultClient();
  return {
    keep: async (fleet, from, { own, slice }) => {
      const way = vaultWayOf(fleet, from);
      if (!way.ok) return { stoodBack: way.error };
      const { side, sessions, vault } = way.value;
      return await keep(
        {
          clock: systemClock,
          row: createKeeperRow(own),
          vault: createVault(client, fleet.name, vault),
          connect: async () => await connectKept(side, sessions.maps),
        },
        { ...slice, ...sessions },
      );
    },
    restored: (fleet, to) => async () => {
      const way = vaultWayOf(fleet, to);
      if (!way.ok) return way;
      const { side, sessions, vault: place } = way.value;
      const vault = createVault(client, fleet.name, place);
      const { maxAgeMs } = place;
      const found = await findGeneration(vault, { nowMs: systemClock.nowMs(), maxAgeMs });
      if (!found.ok) return found;
      const { generation, told: origin } = found.value;
      if (generation === null) return { ok: false, error: origin, isFinal: true };
      const { maps } = sessions;
      const target = await connectRestored(side, maps, generation.manifest.schemas);
      if (!target.ok) return target;
      const source = generationSource(vault, generation, { maps, clock: systemClock });
      return { ok: true, value: { source, target: target.value, origin } };
    },
  };
};
