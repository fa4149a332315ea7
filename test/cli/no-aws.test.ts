/** What somebody reads who has just cloned this and has set up nothing of AWS. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newFile, quorate } from './cli.ts';

/** Every place that the SDK looks for a region or for credentials. */
const PLACES = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

beforeEach(() => {
  for (const name of PLACES) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', newFile(''));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', newFile(''));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const NODE = 'i-0a1b2c3d4e5f60002';
const COMMANDS: readonly (readonly string[])[] = [
  ['status'],
  ['plan'],
  ['plan', '--local'],
  ['probe'],
  ['probe', '--local'],
  ['explain'],
  ['evict', NODE, '--reason', 'why', '--yes'],
  ['replace', NODE, '--reason', 'why', '--yes', '--local'],
  ['failover', '--dry-run'],
  ['failover', '--reason', 'why', '--yes'],
  ['pause'],
];

describe('without a region', () => {
  it.each(COMMANDS)('%s %s %s says what to set', async (...args) => {
    const { exit, out, error } = await quorate(...args);

    expect([exit, out]).toEqual([3, '']);
    expect(error.split('\n').at(-1)).toMatch(/^cannot tell: .*; set AWS_REGION /);
    expect(error).not.toContain('next tick');
  });
});

describe('without credentials', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_REGION', 'eu-central-1');
  });

  it.each(COMMANDS)('%s %s %s says what to set', async (...args) => {
    const { exit, out, error } = await quorate(...args);

    expect([exit, out]).toEqual([3, '']);
    expect(error.split('\n').at(-1)).toMatch(/^cannot tell: .*; set AWS_PROFILE, or /);
  });

  it.each(COMMANDS)('%s %s %s says the same in JSON', async (...args) => {
    const { exit, out } = await quorate(...args, '--json');

    expect(exit).toBe(3);
    const { message, because } = JSON.parse(out) as Readonly<Record<string, string>>;
    expect(message ?? because).toContain('set AWS_PROFILE, or ');
  });
});
