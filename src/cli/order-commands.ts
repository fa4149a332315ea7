/** Commands that ask the loop to act. */
import type { Command } from 'commander';
import { failover } from './look.ts';
import { type GlobalOptions, WrongUsage } from './options.ts';
import { type OrderOptions, order } from './order.ts';
import type { Exit, Terminal } from './terminal.ts';

export const LOCAL = [
  '--local',
  'ask from this machine, which reaches the nodes, without Lambda',
] as const;

interface Run {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly setExit: (exit: Exit) => void;
  /** What every command is told, once the command line is parsed. */
  readonly optionsOf: () => GlobalOptions;
}

export const addOrders = (program: Command, run: Run): void => {
  addNodeOrders(program, run);
  addFailover(program, run);
  addAbort(program, run);
};

type Own = Omit<OrderOptions, keyof GlobalOptions>;

/** What all orders have in common beside their reason. */
const orderCommand = (program: Command, name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--request-id <id>', 'the same one again is the same order, not another one')
    .option('--yes', 'do not ask again')
    .option('--no-wait', 'do not follow it until it is over')
    .option(...LOCAL);

const addNodeOrders = (program: Command, { terminal, signal, setExit, optionsOf }: Run): void => {
  const kinds = [
    ['evict', 'kill the member and replace its instance, if every rail agrees'],
    ['replace', 'replace an instance in good order, with a spare first'],
  ] as const;
  for (const [kind, description] of kinds) {
    orderCommand(program, kind, description)
      .argument('<node>', 'instance id')
      .requiredOption('--reason <text>', 'for the others')
      .action(async (node: string, own: Own) =>
        setExit(
          await order({ kind, instanceId: node }, { ...optionsOf(), ...own }, terminal, signal),
        ),
      );
  }
};

const FAILOVER = 'move to a new cluster on the standby, or rebuild in place, if every rail agrees';

const addFailover = (program: Command, { terminal, signal, setExit, optionsOf }: Run): void => {
  orderCommand(program, 'failover', FAILOVER)
    .option('--dry-run', 'say which, step by step, and what would be lost; do nothing')
    .option('--planned', 'of a cluster that works: a move, and nobody is isolated')
    .option('--reason <text>', 'for the others; needed unless it is a dry run')
    .action(async ({ dryRun, planned, ...own }: Partial<Own> & FailoverOwn) => {
      const kind = planned === true ? 'move' : 'failover';
      const options = { ...optionsOf(), ...own };
      if (dryRun === true) {
        setExit(await failover(options, terminal, kind));
        return;
      }
      const { reason, wait = true } = own;
      if (reason === undefined) throw new WrongUsage('--reason is needed unless it is a --dry-run');
      const asked = { kind, instanceId: null } as const;
      setExit(await order(asked, { ...options, reason, wait }, terminal, signal));
    });
};

const addAbort = (program: Command, { terminal, signal, setExit, optionsOf }: Run): void => {
  orderCommand(program, 'abort', 'undo the failover that is under way')
    .requiredOption('--reason <text>', 'for the others')
    .action(async (own: Own) => {
      const asked = { kind: 'abort', instanceId: null } as const;
      setExit(await order(asked, { ...optionsOf(), ...own }, terminal, signal));
    });
};

interface FailoverOwn {
  readonly dryRun?: boolean;
  readonly planned?: boolean;
}
