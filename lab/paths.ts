/** Where the lab keeps what it downloads, builds and logs. All of it can be deleted at any time. */
import { dirname, join } from 'node:path';
import type { Line } from './lines.ts';

const LAB = import.meta.dirname;
const WORK = join(dirname(LAB), '.lab');

export const PATHS = {
  lab: LAB,
  work: WORK,
  /** The API server on a line of Hazelcast: `member.jar` and `lib/`. */
  member: (line: Line): string => join(WORK, `member-${line}`),
  /** Python with moto. */
  venv: join(WORK, 'venv'),
  logs: join(WORK, 'logs'),
} as const;

/** The template in a package: as osls names it. */
export const TEMPLATE = 'cloudformation-template-update-stack.json';
