/** Who may be told of a failover over the web. */
import { describe, expect, it } from 'vitest';
import { readFleets } from '../../src/config/read-fleets.ts';
import { webhookProblem } from '../../src/config/webhook.ts';
import { ConfigInvalid } from '../../src/errors.ts';

const textWith = (announce: string): string => `fleets:
  api:
    group: api
    networks: [10.77.0.0/16]
    member: { service: api.service }
    announce: ${announce}
`;

const problemsOf = (announce: string): readonly string[] => {
  try {
    readFleets(textWith(announce), 'f.yml');
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message.split('\n');
    throw error;
  }
  return [];
};

it('is an address, and the name of a secret', () => {
  const announce = '{ webhook: https://hooks.example.com/quorate, secret: quorate/webhook }';
  const [fleet] = readFleets(textWith(announce), 'f.yml');
  expect(fleet?.announce).toEqual({
    webhook: 'https://hooks.example.com/quorate',
    secret: 'quorate/webhook',
  });
});

it.each([
  ['{ webhook: https://hooks.example.com/quorate }', 'api.announce.secret: is required'],
  ['{ secret: quorate }', 'api.announce.webhook: is required'],
  [
    '{ webhook: http://hooks.example.com, secret: a }',
    'would show the events and the key to everybody on the way',
  ],
  [
    '{ webhook: https://hooks.example.com/a, secret: "not a name" }',
    'the name of a secret of Secrets Manager',
  ],
])('%s is told at its field', (announce, message) => {
  expect(problemsOf(announce)).toEqual([expect.stringContaining(message)]);
});

describe('an address', () => {
  it.each([
    'https://169.254.169.254/latest/meta-data/',
    'https://0xa9fea9fe/',
    'https://2852039166/',
    'https://10.0.0.1/',
    'https://[fd00:ec2::254]/',
    'https://[::1]/',
    'https://localhost/',
    'https://api.localhost/',
    'https://metadata.google.internal/',
    'https://ip-10-0-0-1.eu-central-1.compute.internal./',
    'https://printer/',
  ])('of one own network is refused: %s', (address) => {
    expect(webhookProblem(address)).toMatch(/is no public name/);
  });

  it.each([
    'hooks.example.com',
    'https://user:key@hooks.example.com/',
    'https://hooks.example.com/?key=secret',
    'https://hooks.example.com/?',
    'https://hooks.example.com/#a',
    'https://hooks.example.com:8443/',
  ])('that holds a secret, or is none, is refused: %s', (address) => {
    expect(webhookProblem(address)).toMatch(/^allowed: a public address/);
  });

  it.each(['https://hooks.example.com', 'https://hooks.example.com/a/b-c.json'])(
    'of the public is taken: %s',
    (address) => {
      expect(webhookProblem(address)).toBeNull();
    },
  );
});
