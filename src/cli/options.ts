/** What every command may be told, and which fleet and store that means. */
import { existsSync } from 'node:fs';
import { createFileStore } from '../adapters/system/file-store.ts';
import type { Fleet } from '../config/fleet.ts';
import { readFleetsFile } from '../config/read-fleets.ts';
import { StoreUnavailable } from '../errors.ts';
import type { StateStore } from '../ports.ts';

export interface GlobalOptions {
  readonly fleet?: string;
  readonly fleets: string;
  readonly store: string;
  /** Of the deployment that is meant: part of its names. */
  readonly stage: string;
  readonly json?: boolean;
}

/** The command line is wrong. The message is for people. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

export interface OpenStore {
  readonly store: StateStore;
  readonly close: () => void;
}

/**
 * @param text `file:PATH` or `dynamodb:TABLE`
 * @param mayCreate whether a file that is not there is made; a reader would only make itself believe an empty one.
 * @throws WrongUsage, StoreUnavailable
 */
export const openStore = async (text: string, mayCreate: boolean): Promise<OpenStore> => {
  const [, kind, where = ''] = /^(file|dynamodb):(.+)$/.exec(text) ?? [];
  if (kind === 'file') {
    if (!mayCreate && !existsSync(where)) throw new StoreUnavailable(`there is no file ${where}`);
    const store = createFileStore(where);
    return { store, close: () => store.close() };
  }
  if (kind === 'dynamodb') {
    // Half a second of loading, which nobody else should wait for.
    const { createClients } = await import('../adapters/aws/clients.ts');
    const { createDynamoStore } = await import('../adapters/aws/dynamo-store.ts');
    const clients = createClients();
    return { store: createDynamoStore({ table: where, clients }), close: clients.destroy };
  }
  throw new WrongUsage(`--store is file:PATH or dynamodb:TABLE, not ${text}`);
};

/**
 * The fleet meant by `--fleet`, or the only one in the fleets file.
 * @throws WrongUsage, ConfigInvalid
 */
export const chooseFleet = ({ fleet, fleets }: GlobalOptions): Fleet => {
  const known = readFleetsFile(fleets);
  const names = known.map(({ name }) => name).join(', ');
  const [first, ...others] = known.filter(({ name }) => fleet === undefined || name === fleet);
  if (first === undefined) throw new WrongUsage(`${fleets} has no fleet ${fleet}, only: ${names}`);
  if (others.length > 0) throw new WrongUsage(`which one? --fleet is one of: ${names}`);
  return first;
};

/** The name alone is enough where only the store is asked: then no fleets file is needed. */
export const chooseFleetName = (options: GlobalOptions): string =>
  options.fleet !== undefined && !existsSync(options.fleets)
    ? options.fleet
    : chooseFleet(options).name;
