/** A vault in memory. */
import type { KeeperRow, Vault, VaultObject } from '../../src/courier/ports.ts';

interface Kept {
  bytes: Buffer;
  modifiedAtMs: number;
}

export interface MemoryVault {
  readonly vault: { -readonly [Name in keyof Vault]: Vault[Name] };
  readonly row: KeeperRow;
  readonly objects: Map<string, Kept>;
}

/** @param nowMs when an object is put */
export const createMemoryVault = (nowMs: () => number): MemoryVault => {
  const objects = new Map<string, Kept>();
  let holder: string | null = null;
  let before: Awaited<ReturnType<typeof word>> = null;
  const word = async (): Promise<Parameters<KeeperRow['tell']>[1] | null> => before;
  return {
    objects,
    vault: {
      list: async () => ({
        ok: true,
        value: [...objects].map(
          ([name, { bytes, modifiedAtMs }]): VaultObject => ({
            name,
            bytes: bytes.length,
            modifiedAtMs,
          }),
        ),
      }),
      get: async (name) => {
        const kept = objects.get(name);
        return kept === undefined
          ? { ok: false, error: 's3:GetObject failed (NoSuchKey)' }
          : { ok: true, value: kept.bytes };
      },
      put: async (name, bytes) => {
        objects.set(name, { bytes: Buffer.from(bytes), modifiedAtMs: nowMs() });
        return { ok: true, value: null };
      },
      remove: async (names) => {
        for (const name of names) objects.delete(name);
        return { ok: true, value: null };
      },
    },
    row: {
      claim: async (own) => {
        if (holder !== null) return { ok: true, value: 'taken' };
        holder = own;
        return { ok: true, value: { before } };
      },
      tell: async (_own, told) => {
        holder = null;
        before = told;
        return { ok: true, value: null };
      },
    },
  };
};
