/** What of a second side does not fit together: each sentence at the field that is to be changed. */
import type { FleetEntry } from './fleets-schema.ts';
import { type Rule, routingRules } from './routing-problems.ts';
import type { Path } from './yaml-source.ts';

interface Unplaced {
  readonly path: Path;
  readonly message: string;
}

/** As many generations are kept. */
const VAULT_AGES = 2;

export const sideProblems = (name: string, entry: FleetEntry): readonly Unplaced[] => {
  const { standby, routing, sessions, member } = entry;
  const rules: readonly Rule[] = [
    [
      standby !== undefined && routing === undefined,
      ['standby'],
      'found no routing beside it; required: the listener, rule, load balancer or record that leads users to one of the two groups',
    ],
    [
      standby !== undefined && entry.application === undefined,
      ['standby'],
      'found no application beside it; required: what is called to verify the new side before users go there',
    ],
    [
      routing !== undefined && standby === undefined,
      ['routing'],
      'found no standby beside it; required: the group that users can be led to',
    ],
    [
      sessions !== undefined && standby === undefined,
      ['sessions'],
      'found no standby beside it; required: the group whose cluster the sessions are carried to',
    ],
    [
      standby?.group === entry.group,
      ['standby', 'group'],
      `found "${entry.group}", which is the fleet's own group; allowed: another one`,
    ],
    [
      standby?.cluster === member.cluster,
      ['standby', 'cluster'],
      `found "${member.cluster}", which is the cluster name in member; allowed: another one, so that the two sides never join each other`,
    ],
    [
      sessions !== undefined && (member.version === '2.x' || member.version === '3.x'),
      ['sessions'],
      `found member version ${member.version}; allowed: 4.x or 5.x, of which sessions can be carried`,
    ],
    [
      (sessions?.vault?.maxAge ?? Infinity) < VAULT_AGES * (sessions?.vault?.every ?? 0),
      ['sessions', 'vault', 'maxAge'],
      `found less than ${VAULT_AGES} x every; allowed: more, so that one generation may fail`,
    ],
  ];
  return [...rules, ...routingRules(entry)]
    .filter(([isBroken]) => isBroken)
    .map(([, field, message]) => ({ path: ['fleets', name, ...field], message }));
};
