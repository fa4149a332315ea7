/** From where to where, by the fleets file: whoever asks chooses nodes and sides, never ports, names or networks (I12). */
import { type Fleet, fleetOn, noSuchSide } from '../../../config/fleet.ts';
import type { Reading } from '../../../core/observation.ts';
import type { CarryRequest, End } from '../../../courier/event.ts';
import { networksOf } from '../networks.ts';
import type { Way } from './connect.ts';
import type { Side } from './members.ts';

export const wayOf = (fleet: Fleet, { from, to }: CarryRequest): Reading<Way> => {
  if (fleet.sessions === null) {
    return { ok: false, error: `fleet "${fleet.name}" has no \`sessions\` in the fleets file` };
  }
  const [source, target] = [sideOf(fleet, from), sideOf(fleet, to)];
  if (!source.ok) return source;
  if (!target.ok) return target;
  const { maps } = fleet.sessions;
  return { ok: true, value: { from: source.value, to: target.value, maps } };
};

/** The one side of a vault's generation: taken from it, or put there. */
export const vaultWayOf = (
  fleet: Fleet,
  end: End,
): Reading<{
  readonly side: Side;
  readonly sessions: NonNullable<Fleet['sessions']>;
  readonly vault: NonNullable<NonNullable<Fleet['sessions']>['vault']>;
}> => {
  const { sessions } = fleet;
  if (sessions === null || sessions.vault === null) {
    return { ok: false, error: `fleet "${fleet.name}" has no vault in the fleets file` };
  }
  const side = sideOf(fleet, end);
  if (!side.ok) return side;
  return { ok: true, value: { side: side.value, sessions, vault: sessions.vault } };
};

const sideOf = (fleet: Fleet, { side, nodes }: End): Reading<Side> => {
  const there = fleetOn(fleet, side);
  if (there === null) return { ok: false, error: noSuchSide(fleet, side) };
  const addresses = nodes.map(({ address }) => address).filter(networksOf(fleet));
  if (addresses.length === 0) {
    return { ok: false, error: `no node of ${side} is in the networks of fleet "${fleet.name}"` };
  }
  const { cluster, port } = there.member;
  return { ok: true, value: { cluster, port, addresses } };
};
