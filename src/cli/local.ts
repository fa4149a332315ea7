/** This machine as the controller: its own eyes, AWS asked directly. For a machine that reaches the nodes, as `watch` is. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { AwsClients } from '../adapters/aws/clients.ts';
import type { Log } from '../adapters/system/log.ts';
import type { Fleet } from '../config/fleet.ts';
import type { Deps, StateStore } from '../ports.ts';
import { carryOut } from '../requests/command.ts';
import { answerQuery } from '../requests/query.ts';
import type { Backend } from './backend.ts';
import { chooseFleet, type GlobalOptions, openStore } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Unique for each process that may hold the lease, and readable for people. */
export const watcherId = (): string => `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;

interface LocalParts {
  readonly store: StateStore;
  readonly clients: AwsClients;
  readonly log: Log;
  readonly eventBus: string;
  readonly documents: string;
  /** Of the deployment: its courier and the table that it tells in. */
  readonly courier: string;
  readonly table: string;
}

/** A courier runs in the VPC, whoever asks for it. A store of one's own has no courier's word in it. */
export const deployedParts = ({ stage, store }: GlobalOptions) => ({
  courier: `quorate-${stage}-courier`,
  table: /^dynamodb:(.+)$/.exec(store)?.[1] ?? `quorate-${stage}-state`,
});

/** Everything that the loop needs, with this machine as its only observer. */
export const localDeps = async (fleet: Fleet, parts: LocalParts): Promise<Deps> => {
  const { look } = await import('../adapters/hazelcast/look.ts');
  const { preview } = await import('../adapters/hazelcast/preview.ts');
  const { localObserver } = await import('../adapters/system/local-observer.ts');
  const { composeDeps } = await import('../compose.ts');
  const { store, clients, log, ...names } = parts;
  const settings = { ...names, probers: [] };
  return {
    ...composeDeps(fleet, settings, clients, log),
    store,
    observers: [localObserver(hostname(), fleet, { look, preview })],
  };
};

export const local = async (options: GlobalOptions, terminal: Terminal): Promise<Backend> => {
  const fleet = chooseFleet(options);
  const { createClients } = await import('../adapters/aws/clients.ts');
  const { store, close } = await openStore(options.store, false);
  const clients = createClients();
  const names = `quorate-${options.stage}`;
  const log = progress(terminal);
  const deps = await localDeps(fleet, {
    store,
    clients,
    log,
    eventBus: names,
    documents: names,
    ...deployedParts(options),
  });
  const { name, policy, sessions } = fleet;
  const watchable = [{ name, policy, sessions, deps }];
  return {
    ask: async (query) => await answerQuery(query, watchable),
    order: async (command, context) =>
      await carryOut(command, watchable, { ...context, id: watcherId() }),
    close: () => {
      close();
      clients.destroy();
    },
  };
};

/** The sentence of each tick of ours, when it says something new. */
const progress = ({ error }: Terminal): Log => {
  let last = '';
  const tell = (message: string): void => {
    if (message !== last) error(message);
    last = message;
  };
  return { info: tell, warn: tell };
};
