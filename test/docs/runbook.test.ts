/** Whoever is paged looks a word up: each one that Quorate can say has its place in the runbook, and no other has. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLUSTER_CONDITIONS, NODE_CONDITIONS, namesOf } from '../../src/core/conditions.ts';
import { FAILOVER_PHASES } from '../../src/core/failover-ledger.ts';

const text = readFileSync('docs/runbook.md', 'utf8');

/** Entries below a heading of the second level: their heading, and what stands there. */
const entriesOf = (section: string): Readonly<Record<string, string>> => {
  const [, found = ''] = text.split(`\n## ${section}\n`);
  const [body = ''] = found.split('\n## ');
  const [, ...entries] = body.split('\n### ');
  return Object.fromEntries(
    entries.map((entry) => {
      const [heading = '', ...lines] = entry.split('\n');
      return [heading, lines.join('\n')];
    }),
  );
};

describe('the runbook', () => {
  it.each([
    ['Conditions of a node', namesOf(NODE_CONDITIONS)],
    ['Conditions of the cluster', namesOf(CLUSTER_CONDITIONS)],
    ['Steps of a failover', FAILOVER_PHASES],
  ])('has every word of "%s" and no other', (section, names) => {
    expect(Object.keys(entriesOf(section)).toSorted()).toEqual([...names].toSorted());
  });

  it('says of every condition what it means and what a person does', () => {
    const entries = [
      ...Object.entries(entriesOf('Conditions of a node')),
      ...Object.entries(entriesOf('Conditions of the cluster')),
    ];
    const silent = entries.filter(([, body]) => !/\*\*Means\*\*.*\*\*You\*\*/s.test(body));
    expect(silent.map(([heading]) => heading)).toEqual([]);
  });

  it('has every rail that can hold something back', () => {
    const union = /export type RailId =([^;]+);/.exec(readFileSync('src/core/model.ts', 'utf8'));
    const rails = [...(union?.[1] ?? '').matchAll(/'(I\d+)'/g)].map(([, rail]) => rail);
    expect(rails.length).toBeGreaterThan(7);
    expect(Object.keys(entriesOf('Rails'))).toEqual(expect.arrayContaining(rails));
  });

  it('has what every alarm refers to', () => {
    const sources = ['infra/alarms.cjs', 'infra/alarms.yml'].map((file) =>
      readFileSync(file, 'utf8'),
    );
    const quoted = [...sources.join('\n').matchAll(/docs\/runbook\.md, (".+")/g)].flatMap(
      ([, all = '']) => [...all.matchAll(/"([^"]+)"/g)].map(([, heading]) => heading),
    );
    const headings = new Set([...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading));
    expect(quoted.length).toBeGreaterThan(5);
    expect(quoted.filter((heading) => !headings.has(heading))).toEqual([]);
    expect(Object.keys(entriesOf('Alarms')).toSorted()).toEqual([
      'blind',
      'prober',
      'quorum at risk',
      'silent',
      'undelivered',
    ]);
  });
});
