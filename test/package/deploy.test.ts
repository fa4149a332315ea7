import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLEETS } from './fleets.ts';
import { packaged } from './packaged.ts';
import { packageInto, runOffline, Template, zipEntries } from './template.ts';

const SERVERLESS = resolve('node_modules/serverless/bin/serverless.js');

const folder = mkdtempSync(join(tmpdir(), 'quorate-deploy-'));
let out = '';
let fleetsFile = '';

beforeAll(async () => {
  ({ out, fleetsFile } = await packaged('one'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('deploying', () => {
  const deploy = (service: string) => runOffline(service, SERVERLESS, 'deploy');

  it('refuses what was built for a fleets file that changed since', () => {
    writeFileSync(fleetsFile, `${FLEETS.one.text}# changed\n`);
    const { exit, output } = deploy(out);
    writeFileSync(fleetsFile, FLEETS.one.text);

    expect([exit, output]).toEqual([1, expect.stringContaining('npm run package comes first')]);
  });

  it('refuses placeholders for the network', () => {
    const { exit, output } = deploy(out);

    expect([exit, output]).toEqual([1, expect.stringContaining('needs --param subnetA=...')]);
  });

  it('refuses the example, in which no fleet may be acted on', async () => {
    const { out: example } = await packaged('example');
    const { exit, output } = deploy(example);

    const terminate = new Template(example).statement('ScheduleRole', 'Terminate');
    expect(terminate.Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/quorate:fleet': ['(no fleet acts)'] },
    });
    expect([exit, output]).toEqual([1, expect.stringContaining('deploying needs a fleets.yml')]);
  });

  it('is refused before anything is built when the fleets file is wrong', () => {
    const wrong = join(folder, 'wrong.yml');
    writeFileSync(wrong, 'fleets: {}');

    const { exit, output } = packageInto(join(folder, 'none'), wrong);

    expect([exit, output]).toEqual([1, expect.stringContaining('fleets: found no fleet')]);
    expect(output).not.toContain('Service packaged');
  });
});

describe('the zips', () => {
  const PLAIN = ['index.js', 'package.json'];

  it.each([
    ['schedule', 'schedule', PLAIN],
    ['alarm', 'alarm', PLAIN],
    ['query', 'query', PLAIN],
    ['command', 'command', PLAIN],
    ['probe-a', 'probe', ['client-thread.js', 'index.js', 'package.json']],
    ['probe-b', 'probe', ['client-thread.js', 'index.js', 'package.json']],
  ])('%s holds its bundle, its threads and nothing else', (zip, name, files) => {
    expect(zipEntries(join(out, `${zip}.zip`))).toEqual(
      files.map((file) => `dist/${name}/${file}`),
    );
  });

  it('keeps the Hazelcast client out of what the observers load at their start', () => {
    const [index, thread] = ['index.js', 'client-thread.js'].map((file) =>
      readFileSync(join(out, 'dist/probe', file), 'utf8'),
    );

    expect(thread).toContain('hazelcast.client.heartbeat');
    expect(index).not.toContain('hazelcast.client.heartbeat');
    expect(index).toContain('client-thread.js');
  });

  it('holds the fleets of the file it was packaged with', () => {
    const bundle = readFileSync(join(out, 'dist/probe/index.js'), 'utf8');

    expect(bundle).toContain('api.service');
  });
});
