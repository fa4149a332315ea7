/** Rights over what leads users where it is no Application Load Balancer: no more than its one change needs. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LISTENER } from './fleets.ts';
import { packageInto, Template } from './template.ts';

const NETWORK = LISTENER.replace('/app/', '/net/');
const ROUTING: Readonly<Record<string, string>> = {
  net: `{ listener: "${NETWORK}" }`,
  old: '{ classic: web }',
  named: '{ record: { zone: Z0123456789, name: api.example.com } }\n    policy: { drain: 2m }',
};
const FLEETS = Object.entries(ROUTING).map(
  ([name, routing]) => `
  ${name}:
    mode: act
    group: ${name}
    networks: [10.77.0.0/16]
    member: { service: api.service, cluster: blue }
    application: { port: 8080, path: /health }
    standby: { group: ${name}-green, cluster: green }
    routing: ${routing}`,
);

const folder = mkdtempSync(join(tmpdir(), 'quorate-routing-'));
let template: Template;

beforeAll(() => {
  const fleets = join(folder, 'fleets.yml');
  writeFileSync(fleets, `fleets:${FLEETS.join('')}\n`);
  const { exit, output } = packageInto(join(folder, 'out'), fleets);
  if (exit !== 0) throw new Error(`packaging failed:\n${output}`);
  template = new Template(join(folder, 'out'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const of = (sid: string) => {
  const { Action, Resource, Condition } = template.statement('ScheduleRole', sid);
  return { Action, Resource, Condition };
};

describe('rights to lead users', () => {
  it('are the calls that the adapters make, no less and no more', () => {
    const called = globSync('src/adapters/aws/{network,classic,record}-routing.ts').flatMap(
      (file) =>
        [...readFileSync(file, 'utf8').matchAll(/'([a-z0-9]+:[A-Z][A-Za-z]+)'/g)].map(
          ([, name]) => name,
        ),
    );
    const given = template
      .statementsOf('ScheduleRole')
      .filter(({ Sid }) => /^(See(Routing|Records)|Switch|Await)/.test(Sid))
      .flatMap(({ Action }) => Action);
    expect(new Set(given)).toEqual(new Set(called));
  });

  it('end at the listener, at the load balancer on groups that act, at the two records', () => {
    expect(of('SwitchNetwork').Resource).toEqual([NETWORK]);
    expect(of('SwitchClassic').Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/quorate:fleet': ['old'] },
      'ForAllValues:StringEquals': { 'autoscaling:LoadBalancerNames': ['web'] },
    });
    expect(JSON.stringify(of('SwitchRecords1').Resource)).toContain(':hostedzone/Z0123456789"');
    expect(of('SwitchRecords1').Condition).toEqual({
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['api.example.com'],
        'route53:ChangeResourceRecordSetsRecordTypes': ['A'],
        'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
      },
    });
  });

  it('do not come with those over a kind that no fleet has', () => {
    const sids = template.statementsOf('ScheduleRole').map(({ Sid }) => Sid);
    expect(sids).not.toContain('Preview');
    expect(JSON.stringify(template.statementsOf('ScheduleRole'))).not.toContain('DescribeRules');
    expect(template.statementsOf('QueryRole').map(({ Sid }) => Sid)).toContain('SeeRecords');
  });
});
