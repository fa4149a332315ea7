/** What of a fleet's routing does not fit together. */
import { isNetworkListener } from './balancer-arn.ts';
import { formatDuration } from './duration.ts';
import type { FleetEntry } from './fleets-schema.ts';
import type { RoutingEntry } from './routing-field.ts';

/** One thing that must not be, at which field, and what to say of it. */
export type Rule = readonly [isBroken: boolean, field: readonly string[], message: string];

/**
 * Route 53 tells its servers within 60 s, and who asked just before that keeps the answer for the record's time to live,
 * 60 s for an alias: so long the old side still gets calls.
 */
const RECORD_DRAIN_MS = 120_000;

export const routingRules = ({ routing, policy }: FleetEntry): readonly Rule[] => {
  if (routing === undefined) return [];
  const named = KINDS.filter((kind) => routing[kind] !== undefined);
  const drainMs = policy['drain'] ?? 0;
  return [
    [
      named.length !== 1,
      ['routing'],
      `found ${named.length === 0 ? 'none' : named.join(' and ')} of ${KINDS.join(', ')}; required: one of them`,
    ],
    ...(['protocol', 'port'] as const).map(
      (name): Rule => [
        named.length === 1 && !isApplication(routing) && routing[name] !== undefined,
        ['routing', name],
        'found beside what is no Application Load Balancer; allowed: nothing, because nobody is called there',
      ],
    ),
    [
      routing.record !== undefined && drainMs < RECORD_DRAIN_MS,
      ['routing', 'record'],
      `found policy.drain ${drainMs === 0 ? 'left as it is' : formatDuration(drainMs)}; required: at least ${formatDuration(RECORD_DRAIN_MS)}, because users' resolvers go on giving the old address for so long`,
    ],
  ];
};

const KINDS = ['listener', 'rule', 'classic', 'record'] as const;

const isApplication = ({ listener, rule }: RoutingEntry): boolean =>
  rule !== undefined || (listener !== undefined && !isNetworkListener(listener));
