/** The documents around the scripts: parameters, patterns, and how old agents get their values. */
import { describe, expect, it } from 'vitest';
import { DOCUMENTS, type DocumentName, readDocument, scriptOf } from './documents.ts';

const allows = (document: DocumentName, name: string, value: string): boolean =>
  new RegExp(readDocument(document).parameters[name]?.allowedPattern ?? '$^').test(value);

describe.each(DOCUMENTS)('the document %s', (name) => {
  const document = readDocument(name);
  const script = scriptOf(name);

  it('runs scripts of ours, the common one first', () => {
    const parts = document.mainSteps.flatMap(({ inputs }) => inputs.runCommand);
    expect(parts.every((part) => part.endsWith('\n') && !part.includes('file('))).toBe(true);
    expect(parts.findIndex((part) => part.startsWith('#!/bin/bash'))).toBe(0);
  });

  it('gives every parameter to agents that know no environment variables, and uses no other', () => {
    const fallbacks = Object.keys(document.parameters).map(
      (each) => `if [ -z "\${SSM_${each}+x}" ]; then export SSM_${each}="{{${each}}}"; fi`,
    );
    expect(script.split('\n').filter((line) => line.includes('{{'))).toEqual(fallbacks);
  });

  it('has no expression that the deployment tool would read as its own variable', () => {
    expect(script).not.toMatch(/\$\{[A-Za-z0-9_]*:/);
  });

  it.each(Object.keys(document.parameters))('lets nothing hostile pass as %s', (each) => {
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
    expect(hostile.filter((value) => allows(name, each, value))).toEqual([]);
  });
});

it.each([
  ['kill-member', 'InstanceId', 'i-0123456789abcdef0'],
  ['kill-member', 'InstanceId', 'i-01234567'],
  ['kill-member', 'Fence', '0'],
  ['kill-member', 'NotAfter', '1795000000000'],
  ['kill-member', 'StartedBefore', '1795000000000'],
  ['kill-member', 'Service', 'app@blue.service'],
  ['kill-member', 'Port', '5701'],
  ['kill-member', 'CaptureMs', '1000'],
  ['stop-member', 'StopMs', '30000'],
  ['stop-member', 'StopMs', '900000'],
  ['fence-peer', 'Action', 'fence'],
  ['fence-peer', 'Action', 'lift'],
  ['fence-peer', 'Hosts', 'i-01234567,i-0123456789abcdef0'],
  ['fence-peer', 'PeerAddress', '10.77.1.4'],
  ['fence-peer', 'Until', '0'],
  ['fence-peer', 'Until', '1795000000000'],
  ['fence-peer', 'Seats', '3'],
  ['fence-peer', 'Networks', '10.77.0.0/16,10.78.0.0/16'],
] as const)('the document %s lets %s=%s pass', (document, name, value) => {
  expect(allows(document, name, value)).toBe(true);
});

it.each([
  ['stop-member', 'StopMs', '900001'],
  ['fence-peer', 'Action', 'fence lift'],
  ['fence-peer', 'Hosts', 'i-01234567,'],
  ['fence-peer', 'PeerAddress', '10.77.1.4/16'],
  ['fence-peer', 'Networks', '10.77.0.0'],
] as const)('the document %s refuses %s=%s', (document, name, value) => {
  expect(allows(document, name, value)).toBe(false);
});
