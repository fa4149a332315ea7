/** Each layer rule is seen to fire: a rule that matches nothing looks like a tidy source. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIOME = resolve('node_modules/.bin/biome');
const root = mkdtempSync(join(tmpdir(), 'quorate-layers-'));

const imports = 'lint/style/noRestrictedImports';

const PLANTED: readonly (readonly [file: string, line: string, rule: string])[] = [
  ['src/core/x1.ts', "import '../ports.ts';", imports],
  ['src/core/x2.ts', "import type { F } from '../config/fleet.ts'; export type G = F;", imports],
  ['src/core/x3.ts', "import 'node:fs';", imports],
  ['src/core/x4.ts', "import '@aws-sdk/client-ec2';", imports],
  ['src/core/x5.ts', 'export const now = Date.now();', 'lint/style/noRestrictedGlobals'],
  ['src/core/x6.ts', 'export const r = Math.random();', 'core is deterministic'],
  ['src/ports.ts', "import './watch.ts';", imports],
  ['src/cycle.ts', "import './adapters/aws/actuator.ts';", imports],
  ['src/watch.ts', "import '../lab/parts.ts';", imports],
  ['src/observe.ts', 'export const e = process.env.X;', 'lint/style/noProcessEnv'],
  ['src/wake/x18.ts', "import '../adapters/aws/actuator.ts';", imports],
  ['src/requests/x19.ts', "import '../config/settings.ts';", imports],
  ['src/report/x20.ts', "import '../cli/layout.ts';", imports],
  ['src/courier/x21.ts', "import '../adapters/hazelcast/look.ts';", imports],
  ['src/config/x7.ts', "import '../adapters/aws/actuator.ts';", imports],
  ['src/adapters/aws/x8.ts', "import '../hazelcast/look.ts';", imports],
  ['src/adapters/aws/x9.ts', "import '../../watch.ts';", imports],
  ['src/adapters/hazelcast/x10.ts', "import '../aws/actuator.ts';", imports],
  ['src/adapters/hazelcast/x11.ts', "import '@aws-sdk/client-ec2';", imports],
  ['src/adapters/system/x12.ts', "import '../aws/actuator.ts';", imports],
  ['src/adapters/system/x13.ts', "import '../../../lab/parts.ts';", imports],
  ['src/cli/x14.ts', "import '../../lab/parts.ts';", imports],
  ['handlers/x15.ts', "import '../lab/parts.ts';", imports],
  ['lab/cloud/x16.ts', "import '../../src/watch.ts';", imports],
  ['lab/x17.ts', "import '../handlers/probe.ts';", imports],
];

const ALLOWED: Readonly<Record<string, string>> = {
  'src/core/allowed.ts': "import './model.ts';",
  'src/adapters/aws/allowed.ts': "import '../../ports.ts';",
  'src/cli/allowed.ts': "import '../watch.ts';",
};

interface Diagnostic {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string };
}

let found: readonly Diagnostic[] = [];

beforeAll(() => {
  cpSync('biome.json', join(root, 'biome.json'));
  cpSync('tools/no-random.grit', join(root, 'tools/no-random.grit'));
  const files = [
    ...PLANTED.map(([file, line]) => [file, line] as const),
    ...Object.entries(ALLOWED),
  ];
  for (const [file, line] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${line}\n`);
  }
  const args = ['lint', '--reporter=json', '--vcs-enabled=false', '--max-diagnostics=none'];
  const { stdout } = spawnSync(BIOME, args, { cwd: root, encoding: 'utf8' });
  found = (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
});
afterAll(() => rmSync(root, { recursive: true }));

const foundIn = (file: string): string =>
  found
    .filter(({ location }) => location.path.endsWith(file))
    .map(({ category, message }) => `${category} ${message}`)
    .join('\n');

describe('layer rules', () => {
  it.each(PLANTED)('%s: %s', (file, _, rule) => {
    expect(foundIn(file)).toContain(rule);
  });

  it.each(Object.keys(ALLOWED))('let %s pass', (file) => {
    expect(foundIn(file)).not.toContain(imports);
  });
});
