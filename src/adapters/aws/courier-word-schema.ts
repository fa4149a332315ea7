/** A courier's word as it stands in its row, for the one who writes it and the one who reads it. */
import * as v from 'valibot';
import type { CourierWord } from '../../core/sides.ts';

export const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const Word: v.GenericSchema<unknown, CourierWord> = v.looseObject({
  job: Count,
  beat: Count,
  phase: v.picklist(['copying', 'level', 'ended', 'failed']),
  passes: Count,
  lagMs: v.nullable(v.number()),
  moved: Count,
  expired: Count,
  unreachable: Count,
  conflicts: Count,
  detail: v.string(),
});
