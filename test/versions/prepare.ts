/** What the members of a release are started from: its jar from Maven Central, and our own few classes compiled against it. */
import { existsSync } from 'node:fs';
import { glob, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../../lab/command.ts';
import { PATHS } from '../../lab/paths.ts';
import { findJdk } from '../../lab/tools.ts';
import type { Release } from './lines.ts';

const JAVA = join(import.meta.dirname, 'java');
const FOLDER = join(PATHS.work, 'versions');
const DOWNLOAD_MS = 300_000;
const COMPILE_MS = 120_000;
/** The same one as the lab's build. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';

export interface Prepared {
  readonly java: string;
  readonly classPath: string;
}

/** Downloads what is missing, once for all times. @throws Error with the failing tool's own words. */
export const prepareRelease = async ({ version, stick }: Release): Promise<Prepared> => {
  const jdk = findJdk();
  if (jdk === null) throw new Error('no JDK: see the missing tools');
  const jar = await downloaded(version, jdk.home);
  const classes = join(FOLDER, `classes-${version}`);
  await rm(classes, { recursive: true, force: true });
  await mkdir(classes, { recursive: true });
  const sources: string[] = [];
  for await (const file of glob(join(JAVA, `{common,${stick}}`, '**/*.java'))) sources.push(file);
  await mustRun(join(jdk.home, 'bin/javac'), ['-nowarn', '-cp', jar, '-d', classes, ...sources], {
    signal: AbortSignal.timeout(COMPILE_MS),
  });
  return { java: join(jdk.home, 'bin/java'), classPath: `${classes}:${jar}` };
};

const downloaded = async (version: string, javaHome: string): Promise<string> => {
  const name = `hazelcast-${version}.jar`;
  const jar = join(FOLDER, name);
  if (existsSync(jar)) return jar;
  console.log(`first time only: downloading Hazelcast ${version} (Maven) ...`);
  const part = join(FOLDER, `part-${process.pid}-${version}`);
  const artifact = `-Dartifact=com.hazelcast:hazelcast:${version}`;
  await mustRun('mvn', ['-B', '-q', '-ntp', COPY, artifact, `-DoutputDirectory=${part}`], {
    signal: AbortSignal.timeout(DOWNLOAD_MS),
    environment: { ...ownEnvironment(), JAVA_HOME: javaHome },
  });
  // In one step: a download that was interrupted must not look like a jar.
  await rename(join(part, name), jar);
  await rm(part, { recursive: true });
  return jar;
};

const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
