/** The command line: names and options here, what they do in a file each. */
import { Command, CommanderError } from 'commander';
import { ConfigInvalid, QuorateError, StateUnreadable, StoreUnavailable } from '../errors.ts';
import { refusal } from '../requests/reply.ts';
import type { BackendOptions } from './backend.ts';
import { check } from './check.ts';
import { type CostOptions, cost } from './cost.ts';
import { explain, plan, probe } from './look.ts';
import { type GlobalOptions, WrongUsage } from './options.ts';
import { addOrders, LOCAL } from './order-commands.ts';
import { pause, resume } from './pause.ts';
import { tellInvalid, tellRefusal } from './refusal.ts';
import { status } from './status.ts';
import { EXIT, type Exit, type Terminal } from './terminal.ts';

/** Where packaging leaves the template. */
const PACKAGED = '.serverless/cloudformation-template-update-stack.json';

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
    return tell(error, program.opts<Pick<GlobalOptions, 'json'>>(), terminal);
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
    .option('--stage <name>', 'which deployment: part of the names of its parts', 'prod')
    .option(
      '--store <where>',
      'file:PATH or dynamodb:TABLE (default: dynamodb:quorate-STAGE-state)',
    )
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXITS)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.error(text.trimEnd()),
    });
  addRowCommands(program, terminal, setExit);
  addLooks(program, terminal, setExit);
  addOrders(program, { terminal, signal, setExit, optionsOf: () => optionsOf(program) });
  program
    .command('watch')
    .description('run the loop as a process, without Lambda')
    .option('--event-bus <name>', 'where it tells (default: quorate-STAGE)')
    .option(
      '--documents <name>',
      'what the names of the SSM documents begin with (default: quorate-STAGE)',
    )
    .action(async (own: { eventBus?: string; documents?: string }) => {
      const { watch } = await import('./watch.ts');
      const options = optionsOf(program);
      const names = { eventBus: `quorate-${options.stage}`, documents: `quorate-${options.stage}` };
      setExit(await watch({ ...options, ...names, ...own }, terminal, signal));
    });
  return program;
};

/** What every command is told. Names that were not given are those of the deployment. */
const optionsOf = (program: Command): GlobalOptions => {
  const given = program.opts<Omit<GlobalOptions, 'store'> & { store?: string }>();
  return { ...given, store: given.store ?? `dynamodb:quorate-${given.stage}-state` };
};

/** Commands that need nothing but the fleets file or the row. */
const addRowCommands = (
  program: Command,
  terminal: Terminal,
  setExit: (exit: Exit) => void,
): void => {
  // Sub-commands inherit exitOverride and output when they are made by `command`.
  program
    .command('check')
    .description('say whether a fleets file is right, every problem at once')
    .argument('[file]', 'fleets file; --fleets otherwise')
    .option('--cost', 'say what each fleet costs in a month, line by line')
    .option('--template <file>', 'with --cost: as npm run package leaves it', PACKAGED)
    .option('--region <name>', 'with --cost: whose prices', 'eu-central-1')
    .option('--nodes <count>', 'with --cost: in each fleet', '3')
    .action((file: string | undefined, own: CostOptions & { cost?: boolean }) => {
      const { fleets, json } = optionsOf(program);
      const isJson = json === true;
      setExit(
        own.cost === true
          ? cost(file ?? fleets, { ...own, json: isJson }, terminal)
          : check(file ?? fleets, isJson, terminal),
      );
    });
  program
    .command('status')
    .description('say how the fleet is, what is under way, and who watches')
    .action(async () => setExit(await status(optionsOf(program), terminal)));
  program
    .command('pause')
    .description('stop every act, also an eviction between two rungs; watching goes on')
    .option('--reason <text>', 'for the others', 'no reason given')
    .option('--for <duration>', 'ends by itself, for example 2h')
    .action(async (own: { reason: string; for?: string }) =>
      setExit(await pause({ ...optionsOf(program), ...own }, terminal)),
    );
  program
    .command('resume')
    .description('lift the pause')
    .action(async () => setExit(await resume(optionsOf(program), terminal)));
};

/** Commands that look and change nothing. */
const addLooks = (program: Command, terminal: Terminal, setExit: (exit: Exit) => void): void => {
  const optionsWith = (own: { local?: boolean }): BackendOptions => ({
    ...optionsOf(program),
    ...own,
  });
  program
    .command('probe')
    .description('one round of probes, as each observer sees it')
    .argument('[node]', 'instance id; all nodes otherwise')
    .option(...LOCAL)
    .action(async (node: string | undefined, own: { local?: boolean }) =>
      setExit(await probe(optionsWith(own), terminal, node)),
    );
  program
    .command('plan')
    .description('what would be done now, and which rails hold what')
    .option(...LOCAL)
    .action(async (own: { local?: boolean }) => setExit(await plan(optionsWith(own), terminal)));
  program
    .command('explain')
    .description('why a node is what it is, and what happens next')
    .argument('[node]', 'instance id; all nodes otherwise')
    .option(...LOCAL)
    .action(async (node: string | undefined, own: { local?: boolean }) =>
      setExit(await explain(optionsWith(own), terminal, node)),
    );
};

/** @throws whatever a person cannot mend */
const tell = (error: unknown, manner: Pick<GlobalOptions, 'json'>, terminal: Terminal): Exit => {
  // It has told them itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  // Of the fleet nothing is known yet, least of all that it is unhealthy.
  if (error instanceof ConfigInvalid) {
    tellInvalid(error, manner, terminal);
    return EXIT.usage;
  }
  if (error instanceof WrongUsage) {
    return tellRefusal(refusal('wrong', error.message), manner, terminal, '');
  }
  if (error instanceof StoreUnavailable || error instanceof StateUnreadable) {
    return tellRefusal(refusal('unknown', error.message), manner, terminal);
  }
  if (error instanceof QuorateError) {
    return tellRefusal(refusal('refused', error.message), manner, terminal, '');
  }
  throw error;
};
