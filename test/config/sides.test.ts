/** A second side of a fleet in the fleets file: what it becomes, and what of it does not fit together. */
import { describe, expect, it } from 'vitest';
import { listenerOf } from '../../src/config/balancer-arn.ts';
import { fleetOn } from '../../src/config/fleet.ts';
import { readFleets } from '../../src/config/read-fleets.ts';
import { ConfigInvalid } from '../../src/errors.ts';

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:';
const LISTENER = `${ARN}listener/app/web/50dc6c495c0c9188/0467ef3c8400ae65`;
const NETWORK = `${ARN}listener/net/web/50dc6c495c0c9188/0467ef3c8400ae65`;
const RULE = `${ARN}listener-rule/app/web/50dc6c495c0c9188/0467ef3c8400ae65/9683b2d02a6cabee`;

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';

const PARTS = {
  application: '{ port: 8080, path: /health }',
  member: '{ service: api.service, cluster: api-blue }',
  standby: '{ group: api-green, cluster: api-green }',
  routing: `{ listener: "${LISTENER}" }`,
  sessions: '{ maps: [sessions, carts] }',
};

/** A fleet with two sides, but for some fields; `null` leaves one out. */
const textWith = (change: Partial<Record<keyof typeof PARTS, string | null>> = {}): string => {
  const lines = Object.entries({ ...PARTS, ...change })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `    ${name}: ${value}`);
  return `fleets:
  api:
    group: api-blue
    networks: [10.77.0.0/16]
${lines.join('\n')}
`;
};

const problemsOf = (text: string): readonly string[] => {
  try {
    readFleets(text, 'f.yml');
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message.split('\n');
    throw error;
  }
  return [];
};

describe('a fleet with two sides', () => {
  const [fleet] = readFleets(textWith(), 'f.yml');

  it('has a standby, the routing and the sessions with their defaults', () => {
    expect(fleet).toMatchObject({
      standby: { group: 'api-green', cluster: 'api-green' },
      routing: { kind: 'application', arn: LISTENER, port: 80, isSecure: false },
      sessions: { maps: ['sessions', 'carts'], entriesPerS: 15_000, leastTtlMs: 5_000 },
    });
  });

  it('has no vault unless it is asked for, and then with its defaults', () => {
    expect(fleet).toMatchObject({ sessions: { vault: null }, policy: { vault: null } });
    const sessions = `{ maps: [sessions], vault: { bucket: b-1, key: "${KEY}" } }`;
    const [kept] = readFleets(textWith({ sessions }), 'f.yml');
    const times = { everyMs: 300_000, maxAgeMs: 3_600_000 };
    expect(kept).toMatchObject({
      sessions: { vault: { bucket: 'b-1', key: KEY, ...times } },
      policy: { vault: times },
    });
  });

  it('is the same fleet on both, but for group and cluster', () => {
    if (fleet === undefined) throw new Error('no fleet');
    expect(fleetOn(fleet, 'blue')).toBe(fleet);
    expect(fleetOn(fleet, 'green')).toEqual({
      ...fleet,
      group: 'api-green',
      member: { ...fleet.member, cluster: 'api-green' },
    });
    expect(fleetOn({ ...fleet, standby: null }, 'green')).toBeNull();
  });

  it('may be led by one rule, over TLS', () => {
    const routing = `{ rule: "${RULE}", protocol: https }`;
    const [secure] = readFleets(textWith({ routing }), 'f.yml');
    expect(secure?.routing).toEqual({ kind: 'application', arn: RULE, port: 443, isSecure: true });
    expect([listenerOf(RULE), listenerOf(LISTENER)]).toEqual([LISTENER, LISTENER]);
  });

  it.each([
    [`{ listener: "${LISTENER}" }`, { kind: 'application' }, 'balancer'],
    [`{ listener: "${NETWORK}" }`, { kind: 'network', arn: NETWORK }, 'nodes'],
    ['{ classic: web }', { kind: 'classic', balancer: 'web' }, 'nodes'],
    [
      '{ record: { zone: Z0123456789, name: api.example.com } }\n    policy: { drain: 2m }',
      { kind: 'record', zone: 'Z0123456789', name: 'api.example.com', type: 'A' },
      'nodes',
    ],
  ])('may be led by %s', (routing, led, verifyBy) => {
    const [routed] = readFleets(textWith({ routing }), 'f.yml');
    expect(routed?.routing).toMatchObject(led);
    expect(routed?.policy.verifyBy).toBe(verifyBy);
  });
});

describe('a vault that is wrong is told at its field', () => {
  it.each([
    ['{ bucket: b-1 }', 'vault.key: is required, found nothing'],
    [`{ bucket: My.Bucket, key: "${KEY}" }`, 'vault.bucket: found "My.Bucket"; allowed: the name'],
    ['{ bucket: b-1, key: "alias/vault" }', 'vault.key: found "alias/vault"; allowed: the ARN'],
    [`{ bucket: b-1, key: "${KEY}", every: 1s }`, 'vault.every: found 1s; allowed: 1m to 1h'],
    [`{ bucket: b-1, key: "${KEY}", often: 1m }`, 'vault.often: unknown field; allowed here'],
    [
      `{ bucket: b-1, key: "${KEY}", every: 5m, maxAge: 9m }`,
      'vault.maxAge: found less than 2 x every',
    ],
  ])('%s', (vault, problem) => {
    const [found, ...others] = problemsOf(textWith({ sessions: `{ maps: [a], vault: ${vault} }` }));
    expect(found).toContain(`api.sessions.${problem}`);
    expect(others).toEqual([]);
  });
});

describe('what does not fit together is told at its field', () => {
  it.each<[string, Parameters<typeof textWith>[0], string]>([
    ['a standby without routing', { routing: null }, 'api.standby: found no routing beside it'],
    [
      'a standby that nobody can verify',
      { application: null },
      'api.standby: found no application beside it',
    ],
    [
      'routing to one group only',
      { standby: null, sessions: null },
      'api.routing: found no standby beside it',
    ],
    [
      'sessions that go nowhere',
      { standby: null, routing: null },
      'api.sessions: found no standby beside it',
    ],
    [
      'one group twice',
      { standby: '{ group: api-blue, cluster: api-green }' },
      'api.standby.group: found "api-blue", which is the fleet\'s own group',
    ],
    [
      'one cluster name twice',
      { standby: '{ group: api-green, cluster: api-blue }' },
      'api.standby.cluster: found "api-blue", which is the cluster name in member',
    ],
    [
      'listener and rule',
      { routing: `{ listener: "${LISTENER}", rule: "${RULE}" }` },
      'api.routing: found listener and rule of listener, rule, classic, record; required: one of them',
    ],
    [
      'neither listener nor rule',
      { routing: '{ port: 80 }' },
      'api.routing: found none of listener, rule, classic, record; required: one of them',
    ],
    [
      'sessions of an old line',
      { member: '{ service: api.service, cluster: api-blue, version: 3.x }' },
      'api.sessions: found member version 3.x; allowed: 4.x or 5.x',
    ],
    [
      'a load balancer and a record',
      {
        routing: '{ classic: web, record: { zone: Z1, name: a.b } }\n    policy: { drain: 2m }',
      },
      'api.routing: found classic and record of',
    ],
    [
      'a rule of a network load balancer',
      { routing: `{ rule: "${RULE.replace('/app/', '/net/')}" }` },
      'allowed: the ARN of an Application Load Balancer rule',
    ],
    [
      'a gateway load balancer',
      { routing: `{ listener: "${LISTENER.replace('/app/', '/gwy/')}" }` },
      'a Gateway Load Balancer leads no users to servers',
    ],
    [
      'a classic load balancer by an ARN',
      { routing: `{ listener: "${ARN}loadbalancer/web" }` },
      'a Classic Load Balancer is named by its name',
    ],
    [
      'a port of what nobody calls',
      { routing: `{ listener: "${NETWORK}", port: 443 }` },
      'api.routing.port: found beside what is no Application Load Balancer',
    ],
    [
      'a record that resolvers keep for longer than the old side stays',
      { routing: '{ record: { zone: Z1, name: api.example.com } }' },
      'api.routing.record: found policy.drain left as it is; required: at least 2m',
    ],
    [
      'a record that is no host name',
      {
        routing: '{ record: { zone: Z1, name: "*.example.com" } }\n    policy: { drain: 2m }',
      },
      'allowed: a host name in lower case',
    ],
    [
      'a rule where a listener belongs',
      { routing: `{ listener: "${RULE}" }` },
      'allowed: the ARN of a listener of an Application or Network Load Balancer',
    ],
  ])('%s', (_, change, message) => {
    const problems = problemsOf(textWith(change));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it('two fleets share neither a group nor a listener', () => {
    const other = textWith({ standby: '{ group: shop-green, cluster: shop-green }' })
      .replace('fleets:\n', '')
      .replace('  api:', '  shop:')
      .replace('group: api-blue', 'group: api-green');
    expect(problemsOf(`${textWith()}${other}`)).toEqual([
      'f.yml:11: fleets.shop.group: found "api-green", which fleet api watches; allowed: a group of its own',
      `f.yml:16: fleets.shop.routing.listener: found "${LISTENER}", which fleet api watches; allowed: a listener or rule of its own`,
    ]);
  });
});
