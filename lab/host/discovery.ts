/**
 * What DescribeInstances would tell a member that looks for others: all running instances, or those with one Auto Scaling
 * group's tag, as the `hazelcast-aws` plug-in filters them. Files, one address a line, seen by every host.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostSpec } from '../parts.ts';

/** In the lab; hosts have it as `/run/lab/discovery`. */
export const DISCOVERY = '/run/lab/discovery';

/** Below the folder. @param group `null`: whoever runs */
export const listFor = (group: string | null): string =>
  group === null ? 'running' : join('groups', group);

/** @returns publishes who runs now. Each file is replaced in one step: a reader sees the old or the new list. */
export const createDiscovery = (): ((running: readonly HostSpec[]) => Promise<void>) => {
  const groups = new Set<string>();
  return async (running) => {
    for (const { group } of running) if (group != null) groups.add(group);
    await replace(listFor(null), running);
    // A group of which nobody is left has an empty list, not its last one.
    for (const name of groups) {
      await replace(
        listFor(name),
        running.filter(({ group }) => group === name),
      );
    }
  };
};

const replace = async (name: string, specs: readonly HostSpec[]): Promise<void> => {
  const file = join(DISCOVERY, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, specs.map(({ address }) => `${address}\n`).join(''));
  await rename(`${file}.new`, file);
};
