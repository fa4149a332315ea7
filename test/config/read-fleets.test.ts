import { describe, expect, it } from 'vitest';
import { readFleets, readFleetsFile } from '../../src/config/read-fleets.ts';
import { DEFAULT_POLICY, PROFILES } from '../../src/core/policy.ts';
import { ConfigInvalid } from '../../src/errors.ts';

const SOUND = `
fleets:
  api:
    group: api-servers
    networks: [10.77.0.0/16]
    member: { service: api-server.service }
`;

const problemsOf = (text: string): readonly string[] => {
  try {
    readFleets(text, 'fleets.yml');
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message.split('\n');
    throw error;
  }
  return [];
};

/** A fleet that is right but for one line. */
const withLine = (line: string): string => `fleets:
  api:
    ${line}
    group: api-servers
    networks: [10.77.0.0/16]
    member: { service: api-server.service }
`;

describe('a sound fleets file', () => {
  it('may name any profile that the policy has', () => {
    const tolerances = Object.keys(PROFILES).map((profile) => {
      const { silenceToleranceMs, faultToleranceMs } =
        readFleets(withLine(`profile: ${profile}`), 'fleets.yml')[0]?.policy ?? DEFAULT_POLICY;
      return [profile, { silenceToleranceMs, faultToleranceMs }];
    });

    expect(Object.fromEntries(tolerances)).toEqual(PROFILES);
  });

  it('becomes a fleet in shadow with every default filled in', () => {
    expect(readFleets(SOUND, 'fleets.yml')).toEqual([
      {
        name: 'api',
        kind: 'hazelcast',
        group: 'api-servers',
        networks: ['10.77.0.0/16'],
        member: {
          port: 5701,
          service: 'api-server.service',
          version: '5.x',
          cluster: 'dev',
          canary: 'quorate-canary',
        },
        application: null,
        memory: null,
        standby: null,
        routing: null,
        sessions: null,
        announce: null,
        policy: { ...DEFAULT_POLICY, mode: 'shadow' },
      },
    ]);
  });

  it('takes tolerances from the profile, and single numbers from the policy', () => {
    const [fleet] = readFleets(
      withLine('{ mode: act }').replace(
        '{ mode: act }',
        'mode: act\n    profile: eager\n    policy: { faultTolerance: 2s, startupGrace: 15m, fleetKillsMax: 5 }',
      ),
      'fleets.yml',
    );

    expect(fleet?.policy).toEqual({
      ...DEFAULT_POLICY,
      mode: 'act',
      silenceToleranceMs: PROFILES.eager.silenceToleranceMs,
      faultToleranceMs: 2_000,
      startupGraceMs: 900_000,
      fleetKillsMax: 5,
    });
  });

  it('is what fleets.example.yml is, and it starts in shadow', () => {
    const fleets = readFleetsFile('fleets.example.yml');

    expect(fleets.map(({ name, policy }) => [name, policy.mode])).toEqual([['api', 'shadow']]);
  });
});

describe('one wrong line is told with file, line and field', () => {
  const table: Readonly<Record<string, string>> = {
    'mode: acts':
      'fleets.yml:3: fleets.api.mode: found "acts"; allowed: shadow, act (did you mean act?)',
    'mode: destroy': 'fleets.yml:3: fleets.api.mode: found "destroy"; allowed: shadow, act',
    'aplication: { port: 80, path: / }':
      'fleets.yml:3: fleets.api.aplication: unknown field; allowed here: mode, kind, group, networks, member, application, memory, standby, routing, sessions, announce, profile, prefer, failover, policy (did you mean application?)',
    'tags: []':
      'fleets.yml:3: fleets.api.tags: unknown field; allowed here: mode, kind, group, networks, member, application, memory, standby, routing, sessions, announce, profile, prefer, failover, policy',
    'application: { port: "80", path: /health }':
      'fleets.yml:3: fleets.api.application.port: found "80"; allowed: a port from 1 to 65535',
    'application: { port: 70000, path: /health }':
      'fleets.yml:3: fleets.api.application.port: found 70000; allowed: a port from 1 to 65535',
    'application: { port: 80, path: health }':
      'fleets.yml:3: fleets.api.application.path: found "health"; allowed: a path that begins with / and has no spaces',
    'application: yes':
      'fleets.yml:3: fleets.api.application: found "yes"; allowed: a block with the fields port, path',
    'policy: { startupGrace: 5 }':
      'fleets.yml:3: fleets.api.policy.startupGrace: found 5; allowed: a duration such as 500ms, 10s, 5m or 2h, from 1ms to 24h',
    'policy: { cooldown: 10 seconds }':
      'fleets.yml:3: fleets.api.policy.cooldown: found "10 seconds"; allowed: a duration such as 500ms, 10s, 5m or 2h, from 0ms to 24h',
    'policy: { tickEvery: 1ms }':
      'fleets.yml:3: fleets.api.policy.tickEvery: found 1ms; allowed: 250ms to 1m',
    'policy: { capture: 1m }':
      'fleets.yml:3: fleets.api.policy.capture: found 1m; allowed: 0ms to 5s',
    'policy: { fleetKillsMax: 1.5 }':
      'fleets.yml:3: fleets.api.policy.fleetKillsMax: found 1.5; allowed: a whole number from 0 to 1000',
    'policy: { probeDeadline: 5s }':
      'fleets.yml:3: fleets.api.policy.probeDeadline: probeDeadline must be below faultTolerance: one slow probe would use up the tolerance (probeDeadline is 5s, faultTolerance is 5s)',
    'kind: redis': 'fleets.yml:3: fleets.api.kind: found "redis"; allowed: hazelcast',
  };

  it.each(Object.entries(table))('%s', (line, problem) => {
    expect(problemsOf(withLine(line))).toEqual([problem]);
  });
});

describe('networks', () => {
  const table: Readonly<Record<string, string>> = {
    '10.77.3.0/16': 'must begin at its first address: 10.77.0.0/16',
    '10.0.0.0/7': 'must be an IPv4 block such as 10.77.0.0/16, /8 to /32',
    '10.77.0.0': 'must be an IPv4 block such as 10.77.0.0/16, /8 to /32',
    '10.77.0.0/16/2': 'must be an IPv4 block such as 10.77.0.0/16, /8 to /32',
    '10.277.0.0/16': 'must be an IPv4 block such as 10.77.0.0/16, /8 to /32',
    'fd00::/8': 'must be an IPv4 block such as 10.77.0.0/16, /8 to /32',
    '169.254.169.254/32': 'no member can be in this block (it is reserved)',
    '127.0.0.0/8': 'no member can be in this block (it is reserved)',
  };

  for (const [cidr, problem] of Object.entries(table)) {
    it(`${cidr}: ${problem}`, () => {
      expect(problemsOf(SOUND.replace('10.77.0.0/16', `"${cidr}"`))).toEqual([
        `fleets.yml:5: fleets.api.networks.0: found "${cidr}"; ${problem}`,
      ]);
    });
  }

  it('accepts blocks that begin anywhere but inside themselves', () => {
    const text = SOUND.replace('10.77.0.0/16', '10.77.4.0/22, 10.0.0.0/8, 10.1.2.3/32');

    expect(readFleets(text, 'fleets.yml')[0]?.networks).toEqual([
      '10.77.4.0/22',
      '10.0.0.0/8',
      '10.1.2.3/32',
    ]);
  });

  it('wants at least one', () => {
    expect(problemsOf(SOUND.replace('[10.77.0.0/16]', '[]'))).toEqual([
      'fleets.yml:5: fleets.api.networks: found an empty list; allowed: at least one IPv4 block',
    ]);
  });
});

describe('a fleets file with many problems', () => {
  it('tells all of them in one run, in the order of the lines', () => {
    const text = `fleets:
  api:
    mode: acts
    grop: api-servers
    netwroks: [10.77.0.0/16]
    member: { prt: 1, sevice: x }
  Web: {}
  jobs:
    group: jobs
    networks: [10.77.0.0/16]
    member: { service: jobs.service }
    policy: { killDeadline: 500ms }
  more:
    group: jobs
    networks: [10.77.0.0/16]
    member: { service: jobs.service }
extra: 1
`;

    const places = problemsOf(text).map((problem) => problem.split(': ').slice(0, 2).join(' '));

    expect(places).toEqual([
      'fleets.yml:2 fleets.api.group',
      'fleets.yml:2 fleets.api.networks',
      'fleets.yml:3 fleets.api.mode',
      'fleets.yml:4 fleets.api.grop',
      'fleets.yml:5 fleets.api.netwroks',
      'fleets.yml:6 fleets.api.member.prt',
      'fleets.yml:6 fleets.api.member.sevice',
      'fleets.yml:6 fleets.api.member.service',
      'fleets.yml:7 fleets.Web',
      'fleets.yml:7 fleets.Web.group',
      'fleets.yml:7 fleets.Web.networks',
      'fleets.yml:7 fleets.Web.member',
      'fleets.yml:12 fleets.jobs.policy.killDeadline',
      'fleets.yml:14 fleets.more.group',
      'fleets.yml:17 extra',
    ]);
  });

  it('refuses two fleets on one group', () => {
    const text = `${SOUND}  web:
    group: api-servers
    networks: [10.77.0.0/16]
    member: { service: web.service }
`;

    expect(problemsOf(text)).toEqual([
      'fleets.yml:8: fleets.web.group: found "api-servers", which fleet api watches; allowed: a group of its own',
    ]);
  });
});

describe('what is no fleets file at all', () => {
  const table: Readonly<Record<string, readonly string[]>> = {
    '': ['fleets.yml:1: found nothing; allowed: a block with the fields fleets'],
    'fleets: {}': ['fleets.yml:1: fleets: found no fleet; allowed: at least one'],
    '- 1': ['fleets.yml:1: found a list; allowed: a block of named fields'],
    'fleets:\n  - api: {}\n  - web: {}': [
      'fleets.yml:1: fleets: found a list; allowed: a block of named fields',
    ],
    'fleets: {}\nfleets: {}': [
      'fleets.yml:2: fleets: stands here for the second time; allowed: once',
    ],
    'fleets: [1': [
      'fleets.yml:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    'fleets: !Ref x': ['fleets.yml:1: Unresolved tag: !Ref'],
  };

  it.each(Object.entries(table))('%j', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('a multiplying alias is refused, not expanded', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}, *x${i}, *x${i}]`,
    );

    expect(problemsOf(['x0: &x0 [1]', ...levels].join('\n'))).toEqual([
      'fleets.yml:1: Excessive alias count indicates a resource exhaustion attack',
    ]);
  });

  it('bytes that are no text do not reach the terminal as they are', () => {
    const problems = problemsOf(`{a: \u0007\u001b[31m}\n${'\ufffd'.repeat(5_000)}`);

    expect(problems).not.toEqual([]);
    for (const problem of problems) expect(problem).toMatch(/^fleets.yml:\d+: [ -~]{1,120}$/);
  });

  it('a folder', () => {
    expect(() => readFleetsFile('test/config')).toThrow(
      'test/config: is a folder; name the fleets file in it',
    );
  });

  it('a file that is not there', () => {
    expect(() => readFleetsFile('test/config/none.yml')).toThrow(
      'test/config/none.yml: no such file; begin with a copy of fleets.example.yml',
    );
  });
});
