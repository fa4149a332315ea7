/**
 * How a part is started that has a machine of its own on AWS: in a session of its own. Where the kernel shares the processor
 * out by sessions (autogroup, sched(7)) it gets as much as any member then; in one session all parts together would get as
 * much as one member that boots.
 */
import type { SpawnOptions } from 'node:child_process';

export const AS_A_MACHINE = { detached: true } as const satisfies SpawnOptions;
