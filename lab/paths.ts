/** Where the lab keeps what it downloads, builds and logs. All of it can be deleted at any time. */
import { dirname, join } from 'node:path';

const LAB = import.meta.dirname;
const WORK = join(dirname(LAB), '.lab');

export const PATHS = {
  lab: LAB,
  work: WORK,
  /** The API server: `member.jar` and `lib/`. */
  member: join(WORK, 'member'),
  /** Python with moto. */
  venv: join(WORK, 'venv'),
  logs: join(WORK, 'logs'),
} as const;
