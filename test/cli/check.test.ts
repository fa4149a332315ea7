import { describe, expect, it } from 'vitest';
import { LISTENER } from '../package/fleets.ts';
import { newFile, quorate } from './cli.ts';

describe('quorate check', () => {
  it('says what a sound file means', async () => {
    const { exit, out } = await quorate('check', 'fleets.example.yml');

    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'fleets.example.yml is fine: 1 fleet',
        '',
        'api  shadow: decides and tells, acts on nothing',
        '  group        api-servers, tag quorate:fleet=api',
        '  networks     10.77.0.0/16',
        '  member       port 5701, api-server.service, Hazelcast 5.x',
        '  canary       map quorate-canary, as a client of cluster api',
        '  application  port 8080, /health',
        '  tolerances   silence 10s, wrong answers 5s',
        '  lost         rebuilt in place, when a person orders it (failover: tell)',
        '  at most      1 per seat in 10m, 3 in 1h',
      ].join('\n'),
    );
  });

  it.each([
    ['{ service: x.service }', 'map quorate-canary, as a client of cluster dev'],
    ['{ service: x.service, version: 2.x, canary: mine }', 'map mine, by REST'],
    ['{ service: x.service, version: 3.x }', 'none: of 3.x no probe tells who is stuck'],
    ['{ service: x.service, canary: off }', 'off: nobody can tell that a member is stuck'],
  ])('says of member %s how its canary is asked', async (member, words) => {
    const file = newFile(
      `fleets:\n  api: { group: api, networks: [10.77.0.0/16], member: ${member} }\n`,
    );

    const { out } = await quorate('check', file);

    expect(out).toContain(`\n  canary       ${words}\n`);
  });

  it.each([
    [`{ listener: "${LISTENER}" }`, /led by {7}Application Load Balancer, arn:aws:/],
    [
      `{ listener: "${LISTENER.replace('/app/', '/net/')}" }`,
      /Network Load Balancer \(unproven: see docs\/deploy\.md\), arn:aws:/,
    ],
    ['{ classic: web }', /Classic Load Balancer \(unproven: see docs\/deploy\.md\), web/],
    [
      '{ record: { zone: Z1, name: a.example.com } }\n    policy: { drain: 2m }',
      /Route 53 \(unproven: see docs\/deploy\.md\), A a\.example\.com in Z1/,
    ],
  ])('says who leads users, and whether that was ever proven: %s', async (routing, line) => {
    const file = newFile(`fleets:
  api:
    group: api
    networks: [10.77.0.0/16]
    member: { service: api.service, cluster: blue }
    application: { port: 8080, path: /health }
    standby: { group: green, cluster: green }
    routing: ${routing}
`);

    const { exit, out } = await quorate('check', file);

    expect(exit).toBe(0);
    expect(out).toMatch(line);
  });

  it('tells every problem and refuses', async () => {
    const file = newFile('fleets:\n  api: { grop: x, mode: acts }\n');

    const { exit, out, error } = await quorate('check', file);

    expect(exit).toBe(1);
    expect(out).toBe('');
    expect(error).toContain(`${file}:2: fleets.api.grop: unknown field`);
    expect(error).toContain('(did you mean group?)');
    expect(error).toContain(`${file}:2: fleets.api.mode: found "acts"; allowed: shadow, act`);
    expect(error.split('\n').at(-1)).toBe('5 problems');
  });

  it('answers in JSON, problems included', async () => {
    const sound = await quorate('check', 'fleets.example.yml', '--json');
    const wrong = await quorate('check', newFile('fleets: {}'), '--json');

    expect([sound.exit, JSON.parse(sound.out)]).toMatchObject([
      0,
      { ok: true, fleets: [{ name: 'api', policy: { mode: 'shadow' } }] },
    ]);
    expect(wrong.exit).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject({
      ok: false,
      why: 'wrong',
      problems: [{ line: 1, path: 'fleets', message: 'found no fleet; allowed: at least one' }],
    });
  });

  it('a file that is not there is a refusal', async () => {
    const { exit, error } = await quorate('check', 'none.yml');

    expect(exit).toBe(1);
    expect(error).toContain('none.yml: no such file; begin with a copy of fleets.example.yml');
  });
});
