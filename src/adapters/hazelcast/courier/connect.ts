/** Both sides of a courier's way. */
import type { Reading } from '../../../core/observation.ts';
import type { Change, Source, Target } from '../../../courier/ports.ts';
import type { Side } from './members.ts';
import { createSchemas } from './schemas.ts';
import { openSource } from './source.ts';
import { openTarget, targetOf } from './target.ts';

export interface Way {
  readonly from: Side;
  readonly to: Side;
  readonly maps: readonly string[];
}

/** Never rejects. Takes some seconds at most: a member that hangs costs its own deadline. */
export const connectSides = async (
  { from, to, maps }: Way,
  hear: (change: Change) => void,
): Promise<Reading<{ readonly source: Source; readonly target: Target }>> => {
  const [opened, members] = await Promise.all([openSource(from, maps, hear), openTarget(to, maps)]);
  if (!opened.ok || !members.ok) {
    if (opened.ok) opened.value.source.close();
    if (members.ok) members.value.close();
    const errors = [opened, members].flatMap((end) => (end.ok ? [] : [end.error]));
    return { ok: false, error: errors.join('; ') };
  }
  const schemas = createSchemas(opened.value.members, members.value);
  const { source } = opened.value;
  return { ok: true, value: { source, target: targetOf(members.value, maps, schemas) } };
};
