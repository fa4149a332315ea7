/** The command line: names and options here, what they do in a file each. */
import { Command, CommanderError } from 'commander';
import { ConfigInvalid, QuorateError, StateUnreadable, StoreUnavailable } from '../errors.ts';
import { check } from './check.ts';
import { type GlobalOptions, WrongUsage } from './options.ts';
import { pause, resume } from './pause.ts';
import { status } from './status.ts';
import { EXIT, type Exit, type Terminal } from './terminal.ts';

/** Names that a deployment of stage prod has (serverless.yml). */
const DEPLOYED = {
  table: 'quorate-prod-state',
  eventBus: 'quorate-prod',
  documents: 'quorate-prod',
};

const EXITS = `
Exit codes: 0 fine, 1 unhealthy or refused, 2 wrong usage, 3 cannot tell.`;

/** Runs one command. Never rejects for something that a person can mend: that is told, and the exit code says which kind. */
export const run = async (
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Exit> => {
  let exit: Exit = EXIT.fine;
  const program = createProgram(terminal, signal, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exit;
  } catch (error) {
    return tell(error, terminal);
  }
};

const createProgram = (
  terminal: Terminal,
  signal: AbortSignal,
  setExit: (exit: Exit) => void,
): Command => {
  const program = new Command('quorate')
    .description('Keeps a stateful cluster on EC2 quorate.')
    .option('--fleet <name>', 'the fleet that is meant; not needed when there is only one')
    .option('--fleets <file>', 'fleets file', 'fleets.yml')
    .option('--store <where>', 'file:PATH or dynamodb:TABLE', `dynamodb:${DEPLOYED.table}`)
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXITS)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
    });
  // Sub-commands inherit exitOverride and output when they are made by `command`.
  program
    .command('check')
    .description('say whether a fleets file is right, every problem at once')
    .argument('[file]', 'fleets file; --fleets otherwise')
    .action((file: string | undefined) => {
      const { fleets, json } = program.opts<GlobalOptions>();
      setExit(check(file ?? fleets, json === true, terminal));
    });
  program
    .command('status')
    .description('say how the fleet is, what is under way, and who watches')
    .action(async () => setExit(await status(program.opts<GlobalOptions>(), terminal)));
  program
    .command('pause')
    .description('stop every act, also an eviction between two rungs; watching goes on')
    .option('--reason <text>', 'for the others', 'no reason given')
    .option('--for <duration>', 'ends by itself, for example 2h')
    .action(async (own: { reason: string; for?: string }) =>
      setExit(await pause({ ...program.opts<GlobalOptions>(), ...own }, terminal)),
    );
  program
    .command('resume')
    .description('lift the pause')
    .action(async () => setExit(await resume(program.opts<GlobalOptions>(), terminal)));
  program
    .command('watch')
    .description('run the loop as a process, without Lambda')
    .option('--event-bus <name>', 'where it tells', DEPLOYED.eventBus)
    .option(
      '--documents <name>',
      'what the names of the SSM documents begin with',
      DEPLOYED.documents,
    )
    .action(async (own: { eventBus: string; documents: string }) => {
      const { watch } = await import('./watch.ts');
      setExit(await watch({ ...program.opts<GlobalOptions>(), ...own }, terminal, signal));
    });
  return program;
};

const tell = (error: unknown, terminal: Terminal): Exit => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof WrongUsage) {
    terminal.error(error.message);
    return EXIT.usage;
  }
  if (error instanceof ConfigInvalid) {
    terminal.error(error.message);
    return EXIT.unhealthy;
  }
  if (error instanceof StoreUnavailable || error instanceof StateUnreadable) {
    terminal.error(`cannot tell: ${error.message}`);
    return EXIT.unknown;
  }
  if (error instanceof QuorateError) {
    terminal.error(error.message);
    return EXIT.unhealthy;
  }
  throw error;
};
