#!/usr/bin/env node
/** The `quorate` command. Node runs it as it is, without a build. */
import { run } from './program.ts';
import { processTerminal } from './terminal.ts';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: the second one ends the process at once.
  process.once(signal, () => ending.abort());
}
process.exitCode = await run(process.argv.slice(2), processTerminal, ending.signal);
