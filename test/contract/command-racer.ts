/**
 * One invocation of handlers/command.ts as a process, on the ladder's hosts. Argument: fleet, settings and command as
 * JSON; AWS from the environment. The last line of its output is the reply.
 */
import { randomUUID } from 'node:crypto';
import { createClients } from '../../src/adapters/aws/clients.ts';
import type { Fleet, Settings } from '../../src/config/fleet.ts';
import { carryOut } from '../../src/requests/command.ts';
import { ladderDeps } from './ladder-deps.ts';

const { fleet, settings, command } = JSON.parse(process.argv[2] ?? '') as {
  fleet: Fleet;
  settings: Settings;
  command: unknown;
};

/** Longer than the function's own, for a busy machine. */
const DECIDE_MS = 60_000;
const clients = createClients();
const { name, policy } = fleet;
const fleets = [{ name, policy, sessions: null, deps: ladderDeps(fleet, settings, clients) }];
const context = { id: randomUUID(), untilMs: Date.now() + DECIDE_MS };
console.log(JSON.stringify(await carryOut(command, fleets, context)));
clients.destroy();
