import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { EVENT_SCHEMAS } from '../../src/adapters/aws/event-schemas.ts';
import { eventsOf, holdKeysOf } from '../../src/adapters/aws/report-events.ts';
import type { Report } from '../../src/core/model.ts';
import { ENDED, EVICTION, HELD, provenAfter, QUIET, STARTING } from './reports.ts';

const namesOf = (report: Report, toldHolds: readonly string[] = []) =>
  eventsOf(report, toldHolds).map(({ name }) => name);

describe('events of a tick', () => {
  it('are none when nothing happened', () => {
    expect(eventsOf(QUIET, [])).toEqual([]);
  });

  it('tell the changes, the start of an eviction and each step', () => {
    expect(eventsOf(STARTING, [])).toMatchObject([
      {
        name: 'NodeConditionChanged',
        detail: { instanceId: 'i-c', from: 'Healthy', to: 'Zombie' },
      },
      {
        name: 'ClusterConditionChanged',
        detail: { to: 'Degraded', core: ['i-a', 'i-b'], seats: 3 },
      },
      { name: 'EvictionStarted', detail: { fence: 7, reason: 'i-c has not answered for 10 s' } },
      { name: 'EvictionStepped', detail: { act: 'deregister', outcome: 'skipped', fence: 7 } },
      { name: 'EvictionStepped', detail: { act: 'kill', outcome: 'done', address: '10.0.3.4' } },
    ]);
  });

  it('do not start an eviction again in later ticks', () => {
    const later = {
      ...STARTING,
      atMs: STARTING.atMs + 1_000,
      inFlightBefore: EVICTION,
      changes: [],
      outcome: null,
    };
    expect(namesOf(later)).toEqual([]);
  });

  it('tell once that the member is out, and how long it took', () => {
    expect(eventsOf(provenAfter(4_000), [])).toMatchObject([
      { name: 'MemberEvicted', detail: { instanceId: 'i-c', afterMs: 14_000 } },
    ]);
    const later = { ...provenAfter(4_000), atMs: QUIET.atMs + 5_000 };
    expect(namesOf(later)).toEqual([]);
  });

  it('tell the end of an eviction, also of one that another invocation began', () => {
    expect(eventsOf(ENDED, [])).toMatchObject([
      { name: 'EvictionEnded', detail: { fence: 7, ended: 'completed', tookMs: 90_000 } },
    ]);
    const unconfirmed = { ...ENDED, inFlightBefore: { ...EVICTION, confirmedAtMs: null } };
    expect(eventsOf(unconfirmed, [])).toMatchObject([{ detail: { ended: 'stoodDown' } }]);
  });

  it('tell a hold once, whatever its reason counts', () => {
    expect(namesOf(HELD)).toEqual(['ActHeld']);
    expect(namesOf(HELD, holdKeysOf(HELD))).toEqual([]);
  });

  it.each([STARTING, HELD, provenAfter(1_000), ENDED])('fit their schemas: %#', (report) => {
    const events = eventsOf(report, []);
    const misfits = events.filter(({ name, detail }) => !v.is(EVENT_SCHEMAS[name], detail));
    expect(events.length).toBeGreaterThan(0);
    expect(misfits).toEqual([]);
  });
});

describe('docs/events', () => {
  const folder = resolve(import.meta.dirname, '../../docs/events');

  it.each(Object.entries(EVENT_SCHEMAS))('has the schema of %s', async (name, schema) => {
    const text = `${JSON.stringify({ title: name, ...toJsonSchema(schema) }, null, 2)}\n`;
    // `npx vitest run test/adapters/report-events.test.ts -u` writes them anew.
    await expect(text).toMatchFileSnapshot(resolve(folder, `${name}.schema.json`));
  });

  it('has no others', async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.schema.json'));
    const names = files.map((file) => file.replace('.schema.json', ''));
    expect(new Set(names)).toEqual(new Set(Object.keys(EVENT_SCHEMAS)));
  });
});
