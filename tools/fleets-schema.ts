/** Writes docs/fleets.schema.json, which lets an editor complete and check a fleets file while it is typed. */
import { writeFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { fleetsSchema } from '../src/config/fleets-schema.ts';

export const FLEETS_SCHEMA_FILE = 'docs/fleets.schema.json';

export const fleetsJsonSchema = (): string => {
  const schema = toJsonSchema(fleetsSchema, {
    typeMode: 'input',
    // What no JSON Schema can say; `quorate check` says it.
    ignoreActions: ['check'],
  });
  return `${JSON.stringify({ title: 'Quorate fleets file', ...schema }, null, 2)}\n`;
};

if (import.meta.main) writeFileSync(FLEETS_SCHEMA_FILE, fleetsJsonSchema());
