/** Puts the real parts together for one fleet. Made once per process and fleet: clients keep their connections. */
import { createActuator } from './adapters/aws/actuator.ts';
import { type AwsClients, createClients } from './adapters/aws/clients.ts';
import { createDynamoStore } from './adapters/aws/dynamo-store.ts';
import { createInventory } from './adapters/aws/inventory.ts';
import { lambdaObserver } from './adapters/aws/lambda-observer.ts';
import { createMoveReader } from './adapters/aws/move-reader.ts';
import { createReporter } from './adapters/aws/reporter.ts';
import { systemClock } from './adapters/system/clock.ts';
import { createLog, type Log } from './adapters/system/log.ts';
import { bundledFleets } from './config/bundled-fleets.ts';
import type { Fleet, Settings } from './config/fleet.ts';
import { readSettings } from './config/settings.ts';
import type { Deps } from './ports.ts';

export interface ComposedFleet extends Fleet {
  readonly deps: Deps;
}

/** Every fleet that a deployed function works for. @throws ConfigInvalid when its environment is wrong. */
export const composeFleets = (): readonly ComposedFleet[] => {
  const clients = createClients();
  const settings = readSettings();
  return bundledFleets.map((fleet) => ({ ...fleet, deps: composeDeps(fleet, settings, clients) }));
};

export const composeDeps = (
  fleet: Fleet,
  settings: Settings,
  clients: AwsClients,
  log: Log = createLog(),
): Deps => {
  const clock = systemClock;
  return {
    clock,
    inventory: createInventory({ fleet, clock, clients }),
    move: createMoveReader({ fleet, settings, clients }),
    observers: settings.probers.map((prober) => lambdaObserver(prober, clients.once.lambda)),
    actuator: createActuator({ fleet, settings, clients, clock }),
    store: createDynamoStore({ table: settings.table, clients }),
    reporter: createReporter({ fleet, settings, clients, clock, log }),
  };
};
