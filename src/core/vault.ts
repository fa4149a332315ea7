/**
 * The vault: the sessions, kept outside of the cluster from time to time, for the day on which no member is left to read. It
 * promises less than a courier does: what was written since the last generation is lost, and who logged out since then is
 * logged in again. So it is for a total loss alone, its age is told before it is used, and one that is too old is not used.
 */
import type { State } from './model.ts';
import type { Observation } from './observation.ts';
import type { Policy } from './policy.ts';
import { seconds } from './seconds.ts';

/** What the keeper of the vault tells, in a row of its own. */
export interface VaultWord {
  /**
   * When the last whole generation was begun; `null`: there is none. On the clock of the function that took it: the clocks of
   * AWS's hosts are ms apart, and this is about minutes.
   */
  readonly takenAtMs: number | null;
  readonly entries: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Why the last try came to nothing, or what it left undone; `null`: all is well. */
  readonly error: string | null;
}

export interface VaultMemory {
  /** When a generation was last asked for; 0: never. */
  readonly askedAtMs: number;
  readonly word: VaultWord | null;
}

/** With what was told in this tick; what cannot be read is as it was. `null`: the fleet has no vault. */
export const withVaultWord = (
  before: VaultMemory | null,
  { vault }: Observation,
): VaultMemory | null => {
  if (vault === null) return null;
  if (!vault.ok) return before;
  return { askedAtMs: before?.askedAtMs ?? 0, word: vault.value };
};

/** `null`: there is no generation, as far as is known. */
export const vaultAgeMs = (vault: VaultMemory | null, nowMs: number): number | null => {
  const takenAtMs = vault?.word?.takenAtMs ?? null;
  return takenAtMs === null ? null : Math.max(0, nowMs - takenAtMs);
};

/** How the vault stands, for people; `null`: nothing of one is known. */
export const describeVault = (vault: VaultMemory | null, nowMs: number): string | null => {
  if (vault === null) return null;
  const ageMs = vaultAgeMs(vault, nowMs);
  const { entries = 0, error = null } = vault.word ?? {};
  const age =
    ageMs === null
      ? 'no generation yet'
      : `last generation ${seconds(ageMs)} old, ${entries} entries`;
  return error === null ? age : `${age}; the last try: ${error}`;
};

export const EVERY_SESSION = 'every session: no member is left that has one';

/** What is expected to be lost when no member is left, and what the vault brings back that should not be. */
export const totalLoss = (
  { vault: policy }: Policy,
  { vault }: Pick<State, 'vault'>,
  nowMs: number,
): string => {
  if (policy === null) return EVERY_SESSION;
  const ageMs = vaultAgeMs(vault, nowMs);
  if (ageMs === null) return `${EVERY_SESSION}, and the vault has no generation`;
  const age = `the vault's last generation is ${seconds(ageMs)} old`;
  return ageMs > policy.maxAgeMs
    ? `${EVERY_SESSION}, and ${age}: more than the ${seconds(policy.maxAgeMs)} up to which it is used`
    : `what was written since the vault's last generation, which is ${seconds(ageMs)} old; who logged out since then is logged in again`;
};
