/** What a cold start of the packaged functions loads of Node itself. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT } from '../../tools/bench/startup.ts';
import { packaged } from './packaged.ts';

const LOADED = `
  const { handler } = await import(process.argv[1]);
  process.stdout.write(JSON.stringify({ handler: typeof handler, loaded: process.moduleLoadList }));
  process.exit();
`;
const UNDICI = 'NativeModule internal/deps/undici/undici';

const loadedBy = (program: string, ...args: string[]): string => {
  const options = { env: { ...process.env, ...ENVIRONMENT }, encoding: 'utf8' } as const;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program, ...args], options);
};

describe('a cold start', () => {
  it.each(['schedule', 'alarm', 'command', 'query', 'probe'])(
    'of %s loads one HTTP client',
    async (name) => {
      const { out } = await packaged('one');
      const file = pathToFileURL(join(out, 'dist', name, 'index.js')).href;
      const { handler, loaded } = JSON.parse(loadedBy(LOADED, file)) as {
        handler: string;
        loaded: readonly string[];
      };
      expect(handler).toBe('function');
      expect(loaded).toContain('NativeModule _http_client');
      expect(loaded).not.toContain(UNDICI);
    },
  );

  it('would load a second one by an import', () => {
    const loaded = loadedBy(
      `import 'node:http'; process.stdout.write(process.moduleLoadList.join());`,
    );
    expect(loaded).toContain(UNDICI);
  });
});
