/**
 * Three hosts with real members, looked at from inside: hosts.ts LOGS RESULT. Writes what happened as JSON;
 * test/lab/hosts.test.ts says what should have.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../command.ts';
import { createHypervisor, type LabHypervisor } from '../host/hypervisor.ts';
import { createNetwork } from '../network.ts';
import { type HostSpec, NAMESPACES, PLAN } from '../parts.ts';
import { findJdk } from '../tools.ts';
import { listed, until } from './ask.ts';

const FORM_DEADLINE_MS = 90_000;
/** A killed process is dropped after 0.4 s, one that only fell silent after 300 s. */
const DROP_DEADLINE_MS = 3_000;

const FIRST: HostSpec = { instanceId: 'i-00000000000000001', address: '10.77.1.4', zone: 'a' };
const SECOND: HostSpec = { instanceId: 'i-00000000000000002', address: '10.77.2.4', zone: 'b' };
const THIRD: HostSpec = { instanceId: 'i-00000000000000003', address: '10.77.3.4', zone: 'c' };
const ALL = [FIRST, SECOND, THIRD];

type Lists = Readonly<Record<string, readonly string[] | null>>;

/** Shares of the processor, as nice values of the members' sessions: `none` where the kernel has no such thing. */
interface Shares {
  readonly booting: readonly string[];
  readonly serving: readonly string[];
}

export interface HostsResult {
  readonly shares: Shares;
  /** Member lists by address. */
  readonly formed: Lists;
  readonly afterKill: Lists;
  readonly afterCut: Lists;
  readonly isOn: { readonly afterKill: boolean; readonly afterCut: boolean };
  /** What the host says of itself. */
  readonly identity: string;
  /** Names of the processes that the host sees. */
  readonly processes: readonly string[];
  /** What another host finds where the first left a file. */
  readonly foreignState: string;
  /** What came of connecting to the AWS endpoint, by namespace. */
  readonly endpoint: Readonly<Record<string, string>>;
  readonly runWithoutAgent: string;
  readonly runWhenOff: string;
  readonly abortedRun: string;
}

const lists = async (specs: readonly HostSpec[]): Promise<Lists> =>
  Object.fromEntries(
    await Promise.all(specs.map(async ({ address }) => [address, await listed(address)] as const)),
  );

const haveSize =
  (size: number) =>
  (all: Lists): boolean =>
    Object.values(all).every((list) => list?.length === size);

const inside = async (
  hypervisor: LabHypervisor,
  { instanceId }: HostSpec,
  script: string,
): Promise<string> => {
  const signal = AbortSignal.timeout(20_000);
  const { stdout, stderr } = await hypervisor.run(
    instanceId,
    script,
    { GREETING: 'hello' },
    signal,
  );
  return `${stdout}${stderr}`.trim();
};

/** How long a connection may take on a busy machine. */
const CONNECT_DEADLINE_S = 5;
const ENDPOINT = `/dev/tcp/${PLAN.endpoint}/${PLAN.endpointPort}`;
/** Prints what came of it: `connected`, `silence`, or the kernel's words. */
const CONNECT = `
  said=$(timeout ${CONNECT_DEADLINE_S} bash -c 'echo >${ENDPOINT}' 2>&1)
  case $? in 0) echo connected ;; 124) echo silence ;; *) echo "$said" | sed -n 's/.*connect: //p' ;; esac`;

/** Also by a way round: a host may set any route it likes. */
const endpointByNamespace = async (hypervisor: LabHypervisor): Promise<Record<string, string>> => {
  const server = createServer((socket) => socket.end()).listen(PLAN.endpointPort, '0.0.0.0');
  await once(server, 'listening');
  const from = async (namespace: string): Promise<string> =>
    (await run('ip', ['netns', 'exec', namespace, 'bash', '-c', CONNECT])).stdout.trim();
  const withRoute = `ip route add default via ${PLAN.router('a')}\n${CONNECT}\nip route del default`;
  const result = {
    controller: await from(NAMESPACES.controller),
    prober: await from(NAMESPACES.prober('a')),
    host: await inside(hypervisor, FIRST, CONNECT),
    hostWithRoute: await inside(hypervisor, FIRST, withRoute),
  };
  server.close();
  return result;
};

const SHARE = `
  pid=$(systemctl show -p MainPID --value api-server.service)
  [ -e /proc/self/autogroup ] && sed 's/.* nice //' /proc/$pid/autogroup || echo none`;

const sharesAs = async (hypervisor: LabHypervisor, wanted: string): Promise<readonly string[]> =>
  await until(
    () => Promise.all(ALL.map((spec) => inside(hypervisor, spec, SHARE))),
    (shares) => shares.every((share) => share === wanted || share === 'none'),
    FORM_DEADLINE_MS,
  );

const words = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'resolved',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const check = async (logs: string): Promise<HostsResult> => {
  const jdk = findJdk();
  if (jdk === null) throw new Error('no JDK');
  const network = await createNetwork();
  const hypervisor = createHypervisor({
    network,
    javaHome: jdk.home,
    logs,
  });
  await Promise.all(ALL.map((spec) => hypervisor.powerOn(spec)));
  const booting = await sharesAs(hypervisor, '5');
  const formed = await until(() => lists(ALL), haveSize(3), FORM_DEADLINE_MS);
  const serving = await sharesAs(hypervisor, '0');

  const identity = await inside(
    hypervisor,
    FIRST,
    'cat /var/lib/cloud/data/instance-id; echo "$AWS_SSM_INSTANCE_ID $AWS_SSM_REGION_NAME $GREETING"; touch /var/lib/quorate/mine',
  );
  const processes = await inside(hypervisor, FIRST, 'ps -e -o comm=');
  const foreignState = await inside(hypervisor, SECOND, 'ls /var/lib/quorate');
  const endpoint = await endpointByNamespace(hypervisor);
  const signal = AbortSignal.timeout(300);
  const abortedRun = await words(hypervisor.run(FIRST.instanceId, 'sleep 60', {}, signal));
  // Killed, which the kernel does in its own time.
  const left = await until(
    () => inside(hypervisor, FIRST, 'pgrep -c sleep'),
    (count) => count === '0',
    DROP_DEADLINE_MS,
  );

  const kill = 'kill -9 "$(systemctl show -p MainPID --value api-server.service)"';
  await inside(hypervisor, SECOND, kill);
  const survivors = [FIRST, THIRD];
  const afterKill = await until(() => lists(survivors), haveSize(2), DROP_DEADLINE_MS);
  const wasOn = hypervisor.isOn(SECOND.instanceId);
  hypervisor.removeAgent(THIRD.instanceId);
  const runWithoutAgent = await words(inside(hypervisor, THIRD, 'true'));

  await hypervisor.powerOff(THIRD.instanceId, 'cut');
  await sleep(DROP_DEADLINE_MS);
  return {
    shares: { booting, serving },
    formed,
    afterKill,
    afterCut: await lists([FIRST]),
    isOn: { afterKill: wasOn, afterCut: hypervisor.isOn(THIRD.instanceId) },
    identity,
    processes: processes.split('\n'),
    foreignState,
    endpoint,
    runWithoutAgent,
    runWhenOff: await words(hypervisor.exec(THIRD.instanceId, 'true', AbortSignal.timeout(1_000))),
    abortedRun: `${abortedRun}, ${left} left`,
  };
};

const [logs = '', result = ''] = process.argv.slice(2);
await writeFile(result, JSON.stringify(await check(logs)));
// Hosts are still on: they end with this process.
process.exit(0);
