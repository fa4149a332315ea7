/** Who leads a fleet's users, whatever it is: one port, and behind it a file for each kind. */
import type { Fleet } from '../../config/fleet.ts';
import type { Routing, SideName } from '../../core/sides.ts';
import { done, failed, type Result } from './act-result.ts';
import { readClassicRouting, switchClassic } from './classic-routing.ts';
import type { AwsClients } from './clients.ts';
import { readNetworkRouting, switchNetwork } from './network-routing.ts';
import { readRecordRouting, switchRecords } from './record-routing.ts';
import { readRouting } from './routing.ts';
import { endPreview, preview, switchTo } from './routing-acts.ts';

export interface RouterParts {
  readonly fleet: Fleet;
  readonly clients: Pick<AwsClients, 'once' | 'retried' | 'options'>;
}

/** Each change says how it shall be, looks first how it is, and does nothing when it is so already: all may come twice. */
export interface Router {
  /** Where users are sent now. @throws CallFailed, AnswerUnusable */
  readonly read: (signal: AbortSignal) => Promise<Routing>;
  /** All users to one side. */
  readonly switchTo: (side: SideName, signal: AbortSignal) => Promise<Result>;
  /** Calls with our header to one side. */
  readonly preview: (side: SideName, signal: AbortSignal) => Promise<Result>;
  readonly endPreview: (signal: AbortSignal) => Promise<Result>;
}

/** `null`: the fleet has nothing that leads users to one of two sides. */
export const routerOf = ({ fleet, clients }: RouterParts): Router | null => {
  const { routing } = fleet;
  if (routing === null) return null;
  switch (routing.kind) {
    case 'application': {
      const parts = { fleet, clients, routing };
      return {
        read: async (signal) => await readRouting(parts, signal),
        switchTo: async (side, signal) => await switchTo(parts, side, signal),
        preview: async (side, signal) => await preview(parts, side, signal),
        endPreview: async (signal) => await endPreview(parts, signal),
      };
    }
    case 'network': {
      const parts = { fleet, clients, routing };
      return {
        ...WITHOUT_PREVIEW,
        read: async (signal) => await readNetworkRouting(parts, signal),
        switchTo: async (side, signal) => await switchNetwork(parts, side, signal),
      };
    }
    case 'classic': {
      const parts = { fleet, clients, routing };
      return {
        ...WITHOUT_PREVIEW,
        read: async (signal) => await readClassicRouting(parts, signal),
        switchTo: async (side, signal) => await switchClassic(parts, side, signal),
      };
    }
    case 'record': {
      const parts = { fleet, clients, routing };
      return {
        ...WITHOUT_PREVIEW,
        read: async (signal) => await readRecordRouting(parts, signal),
        switchTo: async (side, signal) => await switchRecords(parts, side, signal),
      };
    }
  }
};

/** What leads all connections alike cannot lead single calls; the new side's nodes are called instead (`verifyBy`). */
const WITHOUT_PREVIEW: Pick<Router, 'preview' | 'endPreview'> = {
  preview: async () =>
    await Promise.resolve(failed('only an Application Load Balancer leads calls by a header')),
  endPreview: async () => await Promise.resolve(done('there is no rule for verifying')),
};
