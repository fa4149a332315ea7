/** What docs/deploy.md says of rights and cost is what is deployed. `WRITE=1` writes the cost anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRICES } from '../../src/cost/prices.ts';
import { quorate } from '../cli/cli.ts';
import { packaged } from './packaged.ts';

const PAGE = 'docs/deploy.md';

interface Reckoned {
  readonly fleets: readonly { readonly kind: string; readonly usd: number }[];
  /** All of it, what is there once included. */
  readonly usd: number;
}

const page = (): string => readFileSync(PAGE, 'utf8');

describe('the page on deploying', () => {
  it.each([
    ['watchful', 'example', 12, 12],
    ['frugal', 'frugal', 1, 1.1],
  ] as const)(
    'shows what a %s fleet costs, which is within its goal',
    async (kind, fleets, goalUsd, inAllUsd) => {
      const { out, fleetsFile } = await packaged(fleets);
      const template = join(out, 'cloudformation-template-update-stack.json');
      const options = ['--cost', '--template', template] as const;
      const told = await quorate('check', fleetsFile, ...options);
      const json = await quorate('check', fleetsFile, ...options, '--json');

      const { fleets: reckoned, usd } = JSON.parse(json.out) as Reckoned;
      const [fleet] = reckoned;
      expect(fleet?.kind).toBe(kind);
      expect(fleet?.usd).toBeLessThanOrEqual(goalUsd);
      // The first fleet pays for the deployment as well.
      expect(usd).toBeLessThanOrEqual(inAllUsd);
      const between = new RegExp(`(<!-- cost: ${kind} -->\n)[^<]*(<!-- /cost -->)`);
      const block = `\`\`\`\n${told.out}\n\`\`\`\n`;
      if (process.env['WRITE'] === '1') {
        writeFileSync(
          PAGE,
          page().replace(between, (_, head, foot) => `${head}${block}${foot}`),
        );
      }
      expect(between.exec(page())?.[0]).toContain(block);
    },
  );

  it('has a row for every statement of the roles', () => {
    const sids = [
      ...readFileSync('infra/roles.yml', 'utf8').matchAll(/Sid: (\w+)/g),
      ...readFileSync('infra/sides.cjs', 'utf8').matchAll(/allow\(\s*'(\w+)'/g),
    ].map(([, sid]) => sid);
    expect(sids.length).toBeGreaterThan(10);
    // The scheduler's own role, and the reading half of another statement.
    const elsewhere = ['Tick', 'Undelivered', 'Recall'];
    expect(
      sids.filter(
        (sid) => !elsewhere.includes(sid ?? '') && !new RegExp(`\\b${sid}\\b`).test(page()),
      ),
    ).toEqual([]);
  });

  it('has the prices that are reckoned with', () => {
    const rows = page()
      .split('\n')
      .filter((row) => /^\| (Lambda|DynamoDB|CloudWatch|EventBridge)/.test(row))
      .map((row) => row.split('|').slice(2, 4).map(Number));
    expect(rows.map(([first]) => first)).toEqual(Object.values(PRICES['us-east-1'] ?? {}));
    expect(rows.map(([, second]) => second)).toEqual(Object.values(PRICES['eu-central-1'] ?? {}));
  });
});
