/** `npm run test:versions`: every line of Hazelcast; `npm test`: the incident's, and the newest. */
import { describe } from 'vitest';
import { describeMissing, missingTools } from '../../lab/tools.ts';
import { describeRelease } from './contract.ts';
import { RELEASES } from './lines.ts';

/** What a JVM on this machine needs; of the lab's tools also Maven, for the jars. */
const NEEDED = /^(Linux|util-linux|JDK|Maven)/;
const missing = missingTools().filter(({ tool }) => NEEDED.test(tool));
if (missing.length > 0) {
  console.warn(`members of old releases are skipped:\n${describeMissing(missing)}`);
}

const wanted = process.env['VERSIONS']?.split(',') ?? ['2.6.10', '5.7.0'];
/** Of 127.x.0.0/16. */
const FIRST_NET = 80;

describe.skipIf(missing.length > 0)('the adapter', () => {
  for (const [index, release] of RELEASES.entries()) {
    if (wanted.includes(release.version)) describeRelease(release, FIRST_NET + index);
  }
});
