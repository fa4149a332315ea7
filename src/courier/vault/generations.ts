/** Which generations there are, and which of them are not needed any more. Pure. */
import type { VaultObject } from '../ports.ts';
import { manifestName } from './manifest.ts';

export interface Generation {
  readonly name: string;
  /** It has its manifest. */
  readonly isWhole: boolean;
  /** Of its newest object. */
  readonly modifiedAtMs: number;
  readonly objects: readonly VaultObject[];
}

/** Begins with the time, so that names in order are generations in order; ends with who took it. */
export const generationName = (beganAtMs: number, holder: string): string =>
  `${new Date(beganAtMs).toISOString().replaceAll(/[:.]/g, '')}-${holder.slice(0, 8)}`;

/** What else lies there is nobody's business. */
const OURS = /^\d{4}-\d\d-\d\dT\d{9}Z-[\w-]{1,8}\//;

/** Newest first. */
export const generationsIn = (objects: readonly VaultObject[]): readonly Generation[] => {
  const own = objects.filter(({ name }) => OURS.test(name));
  const byName = Map.groupBy(own, ({ name }) => name.split('/')[0] ?? '');
  return [...byName]
    .map(([name, all]) => ({
      name,
      isWhole: all.some((each) => each.name === manifestName(name)),
      modifiedAtMs: Math.max(...all.map(({ modifiedAtMs }) => modifiedAtMs)),
      objects: all,
    }))
    .toSorted((a, b) => (a.name < b.name ? 1 : -1));
};

/** The newest may turn out damaged on the day that it is needed. */
const KEPT = 2;
/** As long as Lambda lets anybody live: then nobody is at work on it any more. */
const HALF_WRITTEN_MS = 900_000;

/** @returns names of objects, manifests first: what is deleted by half must not look whole */
export const surplusOf = (objects: readonly VaultObject[], nowMs: number): readonly string[] => {
  const all = generationsIn(objects);
  const kept = all.filter(({ isWhole }) => isWhole).slice(0, KEPT);
  const surplus = all.filter(
    (each) =>
      !kept.includes(each) && (each.isWhole || nowMs - each.modifiedAtMs >= HALF_WRITTEN_MS),
  );
  const names = surplus.flatMap((each) => each.objects.map(({ name }) => name));
  const isManifest = (name: string): boolean => name === manifestName(name.split('/')[0] ?? '');
  return [...names.filter(isManifest), ...names.filter((name) => !isManifest(name))];
};
