import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FLEETS_SCHEMA_FILE, fleetsJsonSchema } from '../../tools/fleets-schema.ts';

it('the schema for editors is up to date (node tools/fleets-schema.ts)', () => {
  expect(readFileSync(FLEETS_SCHEMA_FILE, 'utf8')).toBe(fleetsJsonSchema());
});

it('the schema for editors refuses unknown fields in every block', () => {
  const blocks = fleetsJsonSchema().match(/"additionalProperties": (false|\{)/g);

  // The file, a fleet, member, application, memory, standby, routing, sessions and policy are closed; `fleets` is a map.
  expect(blocks?.filter((found) => found.endsWith('false'))).toHaveLength(12);
  expect(blocks?.filter((found) => found.endsWith('{'))).toHaveLength(1);
});

it('the example is short enough to be read', () => {
  const example = readFileSync('fleets.example.yml', 'utf8');

  expect(example.split('\n').length).toBeLessThan(40);
});
