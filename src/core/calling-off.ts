/** What calls a move off. */
import type { Diagnosed } from './diagnose.ts';
import type { Tick } from './evicting.ts';
import type { Failover, FailoverPhase } from './failover-ledger.ts';

const USERS_ARE_STILL_THERE: readonly FailoverPhase[] = [
  'launch',
  'form',
  'copy',
  'isolate',
  'level',
  'verify',
];

/** What calls all of it off before users have moved: the reason is gone, or the new side is not what it should be. */
export const whyBack = (
  { diagnosed, observation }: Tick,
  { begunBy, phase }: Failover,
  seen: Diagnosed | null,
): string | null => {
  if (!USERS_ARE_STILL_THERE.includes(phase)) return null;
  if (begunBy === 'loss' && diagnosed.cluster.condition === 'Quorate') {
    return 'the old cluster works again';
  }
  const old = Object.values(diagnosed.state.nodes).map(({ address }) => address);
  const other = observation.move?.other?.inventory;
  const own = other?.ok === true ? other.value.instances.map(({ address }) => address) : null;
  const strangers = Object.values(seen?.state.nodes ?? {}).flatMap(({ view }) =>
    (view ?? []).filter((address) => old.includes(address)),
  );
  const met = Object.values(diagnosed.state.nodes).flatMap(({ view }) =>
    (view ?? []).filter((address) => own?.includes(address) === true),
  );
  const [stranger] = [...strangers, ...met];
  return stranger === undefined
    ? null
    : `the standby joined the old cluster (${stranger} is listed by the other side): give its members another cluster name, and let them find only each other`;
};
