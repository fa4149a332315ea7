/** What the lab needs of the machine, and how to get what is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NAMESPACE_FLAGS } from './enter.ts';

export interface MissingTool {
  readonly tool: string;
  /** What was found instead. */
  readonly why: string;
  /** How to get it, for people. */
  readonly get: string;
}

const JDK_MIN = 17;
const PYTHON_MINOR_MIN = 10;
const CHECK_DEADLINE_MS = 15_000;

/** Packages by family: Debian and Ubuntu, Fedora, Amazon Linux 2023. */
const packages = (debian: string, fedora: string, amazon: string = fedora): string =>
  fedora === amazon
    ? `Debian, Ubuntu: apt install ${debian}; Fedora, Amazon Linux 2023: dnf install ${fedora}`
    : `Debian, Ubuntu: apt install ${debian}; Fedora: dnf install ${fedora}; Amazon Linux 2023: dnf install ${amazon}`;

const GET = {
  utilLinux: packages('util-linux', 'util-linux util-linux-core'),
  jdk: packages(
    'openjdk-17-jdk-headless',
    'java-21-openjdk-devel',
    'java-17-amazon-corretto-devel',
  ),
  maven: packages('maven', 'maven'),
  python: packages('python3 python3-venv', 'python3', 'python3.11'),
  iproute2: packages('iproute2', 'iproute iproute-tc'),
  iptables: packages('iptables', 'iptables-nft'),
  namespaces:
    'Ubuntu 23.10 and newer: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; ' +
    'Debian 10 and older: sysctl -w kernel.unprivileged_userns_clone=1; ' +
    'in a container: run it with --privileged; or run as root',
  kernel:
    'load the kernel modules bridge, veth, nf_tables, xt_statistic and sch_tbf (modprobe, as root)',
} as const;

interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

const ask = (program: string, args: readonly string[]): Answer => {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: CHECK_DEADLINE_MS });
  const text = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  return { ok: result.status === 0, text: text || (result.error?.message ?? '') };
};

const lastLine = (text: string): string => text.split('\n').at(-1) ?? '';

/** An ordinary user's PATH on Debian lacks the folders of iptables and tc; inside.sh adds them too. */
const isOnPath = (program: string): boolean =>
  [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].some(
    (folder) => folder !== '' && existsSync(join(folder, program)),
  );

export interface Jdk {
  readonly home: string;
  readonly version: number;
}

/** The JDK of JAVA_HOME, or the one on the PATH. `null` when there is none that is new enough. */
export const findJdk = (): Jdk | null => {
  const home = process.env['JAVA_HOME'];
  for (const java of [...(home ? [join(home, 'bin/java')] : []), 'java']) {
    const { text } = ask(java, ['-XshowSettings:properties', '-version']);
    const found = {
      home: /java\.home = (.+)/.exec(text)?.[1] ?? '',
      version: Number(/java\.specification\.version = (\d+)/.exec(text)?.[1] ?? 0),
    };
    // A JRE has no compiler.
    if (found.version >= JDK_MIN && existsSync(join(found.home, 'bin/javac'))) return found;
  }
  return null;
};

/** A Python that is new enough and can make environments. `null` when there is none. */
export const findPython = (): string | null => {
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (3, ${PYTHON_MINOR_MIN}))`;
  // Amazon Linux 2023 has 3.9 as python3, and newer ones beside it.
  const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  return names.find((name) => ask(name, ['-c', check]).ok) ?? null;
};

/** What the lab's network does, tried in namespaces that vanish with the try. Each line fails by its name. */
const NETWORK_TRIAL = `
PATH=$PATH:/usr/sbin:/sbin
try() { local name=$1; shift; "$@" >/dev/null 2>&1 || { echo "$name"; exit 1; }; }
try 'mount a tmpfs' mount -t tmpfs lab /run
mkdir /run/netns
try 'network namespaces' ip netns add trial
try 'bridge' ip link add trial type bridge
try 'veth' ip link add near type veth peer name far netns trial
try 'iptables' iptables -N trial
try 'iptables statistic' iptables -A trial -m statistic --mode random --probability 0.5 -j DROP
try 'tc tbf' tc qdisc add dev near root tbf rate 1mbit burst 16kb latency 100ms
`;

const missingPrograms = (
  tool: string,
  programs: readonly string[],
  get: string,
): readonly MissingTool[] => {
  const missing = programs.filter((program) => !isOnPath(program));
  return missing.length === 0 ? [] : [{ tool, why: `no ${missing.join(', ')} on the PATH`, get }];
};

const missingNamespaces = (): readonly MissingTool[] => {
  const namespaces = ask('unshare', [...NAMESPACE_FLAGS, 'true']);
  if (!namespaces.ok) {
    return [{ tool: 'user namespaces', why: lastLine(namespaces.text), get: GET.namespaces }];
  }
  const trial = ask('unshare', [...NAMESPACE_FLAGS, 'bash', '-c', NETWORK_TRIAL]);
  if (trial.ok) return [];
  const why = `refused inside the namespaces: ${lastLine(trial.text)}`;
  return [{ tool: 'kernel networking', why, get: GET.kernel }];
};

/**
 * Everything that is missing to run the lab here; empty when nothing is. Takes about a second.
 * Must be asked outside the lab.
 */
export const missingTools = (): readonly MissingTool[] => {
  if (process.platform !== 'linux') {
    return [{ tool: 'Linux', why: `this is ${process.platform}`, get: 'a Linux machine or VM' }];
  }
  const programs = [
    ...missingPrograms('util-linux', ['unshare', 'nsenter', 'setpriv', 'flock'], GET.utilLinux),
    ...missingPrograms('iproute2', ['ip', 'ss', 'tc'], GET.iproute2),
    ...missingPrograms('iptables', ['iptables'], GET.iptables),
    ...missingPrograms('Maven', ['mvn'], GET.maven),
  ];
  const jdk = findJdk() === null;
  const python = findPython() === null;
  return [
    // The trial needs the programs.
    ...(programs.some(({ tool }) => tool !== 'Maven') ? [] : missingNamespaces()),
    ...programs,
    ...(jdk ? [{ tool: `JDK >= ${JDK_MIN}`, why: 'no java with a javac', get: GET.jdk }] : []),
    ...(python
      ? [
          {
            tool: `Python >= 3.${PYTHON_MINOR_MIN} with venv`,
            why: 'no python3 that is new enough and has venv and ensurepip',
            get: GET.python,
          },
        ]
      : []),
  ];
};

/** For people: one line a tool. */
export const describeMissing = (missing: readonly MissingTool[]): string =>
  missing.map(({ tool, why, get }) => `${tool} is missing (${why}). Get it: ${get}`).join('\n');
