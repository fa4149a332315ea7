/**
 * The prober: inside the VPC, without any right in AWS. It answers one closed question, how a fleet's
 * nodes look from here; which ports, paths and networks that means comes from its own bundle.
 */
import { look } from '../src/adapters/hazelcast/look.ts';
import { bundledFleets, fleetsSource } from '../src/config/bundled-fleets.ts';
import { type LookReply, readRequest } from '../src/observation-wire.ts';

const fleets = new Map(bundledFleets.map((fleet) => [fleet.name, fleet]));

export const handler = async (event: unknown): Promise<LookReply> => {
  const request = readRequest(event);
  if (!request.ok) return { failed: `it refused the request: ${request.error}` };
  const fleet = fleets.get(request.value.fleet);
  if (fleet === undefined) {
    return {
      failed: `its fleets (${fleetsSource}) have no ${request.value.fleet}: deploy it again`,
    };
  }
  return await look(fleet, request.value, new AbortController().signal);
};
