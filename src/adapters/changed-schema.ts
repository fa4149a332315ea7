/** What a failover has changed and not yet changed back, as it is stored. */
import * as v from 'valibot';
import type { Changed } from '../core/failover-ledger.ts';

export const Side = v.picklist(['blue', 'green']);

const Node = v.looseObject({ instanceId: v.string(), address: v.string() });

export const ChangedSchema: v.GenericSchema<unknown, Changed> = v.variant('what', [
  v.looseObject({ what: v.literal('processes'), side: Side, processes: v.array(v.string()) }),
  v.looseObject({
    what: v.literal('size'),
    side: Side,
    min: v.number(),
    desired: v.number(),
    isStale: v.exactOptional(v.literal(true)),
  }),
  v.looseObject({ what: v.literal('standby'), side: Side, node: Node }),
  v.looseObject({ what: v.literal('preview'), side: Side }),
  v.looseObject({
    what: v.literal('courier'),
    job: v.number(),
    isRestoring: v.exactOptional(v.literal(true)),
    isToldToEnd: v.exactOptional(v.literal(true)),
  }),
]);
