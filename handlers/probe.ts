/**
 * The prober: inside the VPC, without any right in AWS. It answers one closed question, how a fleet's
 * nodes look from here; which ports, paths and networks that means comes from its own bundle.
 */
import { look } from '../src/adapters/hazelcast/look.ts';
import { preview } from '../src/adapters/hazelcast/preview.ts';
import { bundledFleets, fleetsSource } from '../src/config/bundled-fleets.ts';
import { fleetOn } from '../src/config/fleet.ts';
import { type LookReply, type PreviewReply, readRequest } from '../src/observation-wire.ts';

// Made once: what is kept for a fleet is kept for this object.
const sides = new Map(
  bundledFleets.map((fleet) => [
    fleet.name,
    { blue: fleet, green: fleetOn(fleet, 'green') } as const,
  ]),
);

export const handler = async (event: unknown): Promise<LookReply | PreviewReply> => {
  const request = readRequest(event);
  if (!request.ok) return { failed: `it refused the request: ${request.error}` };
  const question = request.value;
  const asked = 'preview' in question ? { ...question.preview, side: 'blue' as const } : question;
  const fleet = sides.get(asked.fleet)?.[asked.side] ?? null;
  if (fleet === null) return { failed: unknown(asked.fleet, asked.side) };
  const { signal } = new AbortController();
  return 'preview' in question
    ? await preview(fleet, question.preview, signal)
    : await look(fleet, question, signal);
};

const unknown = (fleet: string, side: string): string =>
  `its fleets (${fleetsSource}) have no ${fleet}${side === 'blue' ? '' : ` with a ${side} side`}: deploy it again`;
