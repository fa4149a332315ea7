/** Packages that several files of tests look at: each is made once, by whoever needs it first. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import { FLEETS, type FleetsFile } from './fleets.ts';
import { packageInto, type Ran } from './template.ts';

/** On a busy machine; a minute less than a hook may take. */
const PACKAGE_DEADLINE_MS = 240_000;

export interface Packaged {
  /** What `--out` leaves. */
  readonly out: string;
  readonly fleetsFile: string;
}

/** @throws Error with what packaging said, for everybody who waits for this package */
export const packaged = async (name: keyof typeof FLEETS): Promise<Packaged> => {
  const { text, file, options = [] }: FleetsFile = FLEETS[name];
  const folder = join(inject('scratch'), name);
  const [out, told] = [join(folder, 'out'), join(folder, 'told.json')];
  const fleetsFile = file ?? join(folder, 'fleets.yml');
  if (isFirst(folder)) {
    if (file === undefined) writeFileSync(fleetsFile, text);
    const ran = packageInto(out, fleetsFile, ...options);
    writeFileSync(`${told}.part`, JSON.stringify(ran));
    renameSync(`${told}.part`, told);
  }
  await vi.waitUntil(() => existsSync(told), { timeout: PACKAGE_DEADLINE_MS, interval: 100 });
  const { exit, output } = JSON.parse(readFileSync(told, 'utf8')) as Ran;
  if (exit !== 0) throw new Error(`packaging failed:\n${output}`);
  return { out, fleetsFile };
};

/** Making a folder succeeds once, over all processes. */
const isFirst = (folder: string): boolean => {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
};
