/** Looks once for each line on its standard input, and says what the canaries were. Arguments: release, members. */
import { createInterface } from 'node:readline';
import type { Target } from '../../src/core/observation.ts';
import { RELEASES } from './lines.ts';
import { canaryOf, createObserver } from './observer.ts';

const [, , version, members = '[]'] = process.argv;
const release = RELEASES.find((each) => each.version === version);
if (release === undefined) throw new Error(`no release ${version}`);
const observer = createObserver(release);
const targets = JSON.parse(members) as readonly Target[];

for await (const _ of createInterface({ input: process.stdin })) {
  const seen = await observer.see(targets);
  console.log(targets.map((target) => canaryOf(seen, target)).join());
}
