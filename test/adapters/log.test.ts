import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the log writes one JSON object a line', async () => {
  const log = resolve(import.meta.dirname, '../../src/adapters/system/log.ts');
  const program = `import { createLog } from ${JSON.stringify(log)};
    const log = createLog();
    log.info('two\\nlines', { fleet: 'shop', nodes: { 'i-a': 'Healthy' } });
    log.warn('careful', {});`;
  const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  const lines = `${ran.stdout}${ran.stderr}`.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'INFO', message: 'two\nlines', service: 'quorate', fleet: 'shop' },
    { level: 'WARN', message: 'careful', service: 'quorate' },
  ]);
});
