/**
 * `npm run test:versions -- [--only VERSION]...`: the adapter's contract with real members of every line of Hazelcast, or
 * of the named releases. Downloads what is missing. Exit 1 when a case failed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { RELEASES } from '../test/versions/lines.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', multiple: true, default: [] } },
});
const known = RELEASES.map(({ version }) => version);
// Both `--only A --only B` and `--only A B`.
const wanted = [...values.only, ...positionals];
const unknown = wanted.find((version) => !known.includes(version));
if (unknown === undefined) {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'versions'], {
    cwd: CHECKOUT,
    stdio: 'inherit',
    env: {
      ...process.env,
      VERSIONS: (wanted.length === 0 ? known : wanted).join(','),
      // All of it may take its time: longer than the client's time-out for heart-beats, and Lambda's pauses.
      ...(wanted.length === 0 && { FREEZE_S: '65' }),
    },
  });
  await once(child, 'close');
  process.exitCode = child.exitCode ?? 1;
} else {
  console.error(`--only ${unknown}: there are ${known.join(', ')}`);
  process.exitCode = 2;
}
