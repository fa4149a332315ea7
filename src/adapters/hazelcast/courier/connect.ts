/** Both sides of a courier's way. */
import type { Reading } from '../../../core/observation.ts';
import type { Change, KeptSource, SchemaText, Source, Target } from '../../../courier/ports.ts';
import type { Side } from './members.ts';
import { createSchemaBook, createSchemas, sendSchemas } from './schemas.ts';
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

/** A side whose entries are kept outside of it: read as it is. Never rejects. */
export const connectKept = async (
  side: Side,
  maps: readonly string[],
): Promise<Reading<KeptSource>> => {
  const opened = await openSource(side, maps, null);
  if (!opened.ok) return opened;
  const { source, members } = opened.value;
  const book = createSchemaBook(members);
  return { ok: true, value: { ...source, learn: book.bring, schemas: book.all } };
};

/** A side that gets what was kept, once it knows the schemas of it. Never rejects. */
export const connectRestored = async (
  side: Side,
  maps: readonly string[],
  schemas: readonly SchemaText[],
): Promise<Reading<Target>> => {
  const members = await openTarget(side, maps);
  if (!members.ok) return members;
  const sent = await sendSchemas(members.value, schemas);
  if (sent.ok)
    return { ok: true, value: targetOf(members.value, maps, { bring: async () => sent }) };
  members.value.close();
  return sent;
};
