/** Rung 3 on real members: the master refuses a member that hangs, and everybody drops it. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FenceResult } from '../../lab/checks/fence.ts';
import { enter } from '../../lab/enter.ts';
import { PATHS } from '../../lab/paths.ts';
import { prepare } from '../../lab/prepare.ts';
import { missingTools } from '../../lab/tools.ts';
import { scriptOf } from '../adapters/documents.ts';

describe.skipIf(missingTools().length > 0)(
  'a hung member that the master is told to refuse',
  () => {
    let found: FenceResult;
    beforeAll(async () => {
      await prepare();
      await mkdir(PATHS.logs, { recursive: true });
      const logs = await mkdtemp(join(PATHS.logs, 'check-fence-'));
      const [result, script] = [join(logs, 'result.json'), join(logs, 'fence-peer.sh')];
      await writeFile(script, scriptOf('fence-peer'));
      const exitCode = await enter(join(PATHS.lab, 'checks/fence.ts'), [logs, result, script]);
      if (exitCode !== 0) throw new Error(`the check ended with ${exitCode}; see ${logs}`);
      found = JSON.parse(await readFile(result, 'utf8')) as FenceResult;
      console.log(`dropped after ${found.droppedAfterMs} ms: ${found.order.stdout.trim()}`);
    }, 600_000);

    it('stays in all lists while nobody does anything', () => {
      expect(found.whileHung).toEqual(
        found.survivors.map(() => expect.arrayContaining([found.victim])),
      );
    });

    it('is refused, with proof', () => {
      expect(found.order).toMatchObject({ exitCode: 0, stderr: '' });
      expect(found.order.stdout).toMatch(new RegExp(`^fenced ${found.victim} .* by route\n$`));
    });

    it('is out of every list, also of the member that was told nothing', () => {
      expect(found.droppedAfterMs).not.toBeNull();
      const both = found.survivors.toSorted();
      expect(found.afterwards).toEqual([both, both]);
    });
  },
);
