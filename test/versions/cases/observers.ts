/** Observers as they run: packaged, and frozen between two looks. The same for every line, so asked of one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { readReply } from '../../../src/observation-wire.ts';
import { bundle } from '../../../tools/bundle.ts';
import { eventually } from '../cluster.ts';
import { startFrozen } from '../frozen.ts';
import { requestOf } from '../observer.ts';
import { SOON_MS, type Stage } from '../stage.ts';

/** Lambda freezes an observer between two looks; longer than any time-out of the client, if there is time for it. */
const FREEZE_MS = Number(process.env['FREEZE_S'] ?? 2) * 1_000;

export const observerCases = ({ release, observer, all }: Stage): void => {
  it('is seen by the prober as it is packaged', async () => {
    const { fleet } = observer();
    const folder = await mkdtemp(join(tmpdir(), 'quorate-prober-'));
    await bundle(['probe'], folder, { source: 'fleets.yml', sha256: '', fleets: [fleet] });
    const url = pathToFileURL(join(folder, 'probe/index.js')).href;
    const { handler } = (await import(url)) as { handler: (event: unknown) => Promise<unknown> };
    const canaries = async (): Promise<string> => {
      const reply = readReply(await handler(requestOf(fleet, all())));
      const sights = reply.ok && 'sights' in reply.value ? reply.value.sights : {};
      return Object.values(sights)
        .map(({ canary }) => canary.answer)
        .join();
    };
    await eventually(SOON_MS, 'it is connected', async () => (await canaries()) === 'ok,ok,ok');

    expect(await canaries()).toBe('ok,ok,ok');
    await rm(folder, { recursive: true });
  });

  it('is seen again at once by an observer that was frozen', async () => {
    const frozen = await startFrozen(release.version, all());
    await eventually(SOON_MS, 'it is connected', async () => (await frozen.look()) === 'ok,ok,ok');
    await frozen.freeze(FREEZE_MS);
    const told = await frozen.look();
    frozen.stop();

    expect(told).toBe('ok,ok,ok');
  });
};
