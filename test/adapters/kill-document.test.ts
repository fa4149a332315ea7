/** The document around the script: parameters, patterns, and how old agents get their values. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SCRIPT } from './victim.ts';

const Document = v.strictObject({
  schemaVersion: v.literal('2.2'),
  description: v.string(),
  parameters: v.record(
    v.string(),
    v.strictObject({
      type: v.literal('String'),
      description: v.string(),
      allowedPattern: v.pipe(v.string(), v.startsWith('^'), v.endsWith('$')),
      interpolationType: v.literal('ENV_VAR'),
    }),
  ),
  mainSteps: v.array(
    v.strictObject({
      action: v.literal('aws:runShellScript'),
      name: v.string(),
      precondition: v.strictObject({ StringEquals: v.tuple([v.string(), v.string()]) }),
      inputs: v.strictObject({ timeoutSeconds: v.string(), runCommand: v.array(v.string()) }),
    }),
  ),
});

const file = resolve(import.meta.dirname, '../../infra/documents/kill-member.yml');
const document = v.parse(Document, parse(await readFile(file, 'utf8')));
const script = await readFile(SCRIPT, 'utf8');

const allows = (name: string, value: string): boolean =>
  new RegExp(document.parameters[name]?.allowedPattern ?? '$^').test(value);

describe('the kill document', () => {
  it('runs the script beside it', () => {
    expect(document.mainSteps.map((step) => step.inputs.runCommand)).toEqual([
      [`\${file(infra/documents/kill-member.sh)}`],
    ]);
  });

  it('gives every parameter to agents that know no environment variables, and uses no other', () => {
    const fallbacks = Object.keys(document.parameters).map(
      (name) => `if [ -z "\${SSM_${name}+x}" ]; then export SSM_${name}="{{${name}}}"; fi`,
    );
    expect(script.split('\n').filter((line) => line.includes('{{'))).toEqual(fallbacks);
  });

  it('has no expression that the deployment tool would read as its own variable', () => {
    expect(script).not.toMatch(/\$\{[A-Za-z0-9_]*:/);
  });

  it.each([
    ['InstanceId', 'i-0123456789abcdef0'],
    ['InstanceId', 'i-01234567'],
    ['Fence', '0'],
    ['NotAfter', '1795000000000'],
    ['StartedBefore', '1795000000000'],
    ['Service', 'app@blue.service'],
    ['Port', '5701'],
    ['CaptureMs', '1000'],
  ])('lets %s=%s pass', (name, value) => {
    expect(allows(name, value)).toBe(true);
  });

  it.each(Object.keys(document.parameters))('lets nothing hostile pass as %s', (name) => {
    const hostile = [
      '',
      '"; reboot; "',
      '$(reboot)',
      '`reboot`',
      'a b',
      '-x',
      'a\nb',
      '{{x}}',
      "'",
      '\\',
    ];
    expect(hostile.filter((value) => allows(name, value))).toEqual([]);
  });
});
