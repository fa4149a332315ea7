/** A folder that all units share, and that is gone after the last of them: vitest calls this before the first. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly scratch: string;
  }
}

/** @returns what is called in the end */
export const setup = (project: TestProject): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-units-'));
  project.provide('scratch', folder);
  return () => rmSync(folder, { recursive: true });
};
