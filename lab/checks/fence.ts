/**
 * Three hosts with real members, of which one hangs and is fenced: fence.ts LOGS RESULT SCRIPT. SCRIPT is the document's;
 * it runs on the master alone. Writes what happened as JSON; test/lab/fence.test.ts says what should have.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults } from '../faults.ts';
import { createHypervisor } from '../host/hypervisor.ts';
import { createNetwork } from '../network.ts';
import { type HostSpec, PLAN, type ScriptResult } from '../parts.ts';
import { findJdk } from '../tools.ts';
import { listed, listedByAge, until } from './ask.ts';

const FORM_DEADLINE_MS = 90_000;
/** Long enough for a fence that does not work to show: the hung member stays for 300 s. */
const DROP_DEADLINE_MS = 10_000;
const HANGS_FOR_MS = 3_000;

const ALL: readonly HostSpec[] = [
  { instanceId: 'i-00000000000000001', address: '10.77.1.4', zone: 'a' },
  { instanceId: 'i-00000000000000002', address: '10.77.2.4', zone: 'b' },
  { instanceId: 'i-00000000000000003', address: '10.77.3.4', zone: 'c' },
];

type List = readonly string[] | null;

export interface FenceResult {
  readonly victim: string;
  readonly survivors: readonly string[];
  /** The survivors' lists while the victim hung and nobody did anything. */
  readonly whileHung: readonly List[];
  readonly order: ScriptResult;
  /** From the start of the script until both had dropped the victim; `null`: not in time. */
  readonly droppedAfterMs: number | null;
  readonly afterwards: readonly List[];
}

const check = async (logs: string, script: string): Promise<FenceResult> => {
  const jdk = findJdk();
  if (jdk === null) throw new Error('no JDK');
  const network = await createNetwork();
  const hypervisor = createHypervisor({ network, javaHome: jdk.home, logs });
  await Promise.all(ALL.map((spec) => hypervisor.powerOn(spec)));
  const listsOf = (specs: readonly HostSpec[]): Promise<readonly List[]> =>
    Promise.all(specs.map(({ address }) => listed(address)));
  await until(
    () => listsOf(ALL),
    (lists) => lists.every((list) => list?.length === ALL.length),
    FORM_DEADLINE_MS,
  );
  const byAge = (await listedByAge('10.77.1.4')) ?? [];
  const [master, other, victim] = byAge.map((each) => ALL.find(({ address }) => address === each));
  if (!(master && other && victim)) throw new Error(`the cluster did not form: ${byAge.join()}`);
  const survivors = [master, other];

  await createFaults(network, hypervisor).hang(victim.instanceId);
  await sleep(HANGS_FOR_MS);
  const whileHung = await listsOf(survivors);

  const startedAtMs = Date.now();
  const environment = orderFor(master, victim);
  const deadline = AbortSignal.timeout(DROP_DEADLINE_MS);
  const running = hypervisor.run(master.instanceId, script, environment, deadline);
  const isDropped = (lists: readonly List[]): boolean =>
    lists.every((list) => list !== null && !list.includes(victim.address));
  const afterwards = await until(() => listsOf(survivors), isDropped, DROP_DEADLINE_MS);
  const droppedAfterMs = isDropped(afterwards) ? Date.now() - startedAtMs : null;
  return {
    victim: victim.address,
    survivors: survivors.map(({ address }) => address),
    whileHung,
    order: await running,
    droppedAfterMs,
    afterwards,
  };
};

const orderFor = (host: HostSpec, victim: HostSpec): Readonly<Record<string, string>> => ({
  SSM_Action: 'fence',
  SSM_Hosts: host.instanceId,
  SSM_PeerId: victim.instanceId,
  SSM_PeerAddress: victim.address,
  SSM_Fence: '1',
  SSM_NotAfter: `${Date.now() + 60_000}`,
  SSM_Until: `${Date.now() + 300_000}`,
  SSM_Seats: '3',
  SSM_Networks: PLAN.vpc,
  SSM_Service: 'api-server.service',
  SSM_Port: `${PLAN.memberPort}`,
});

const [logs = '', result = '', scriptFile = ''] = process.argv.slice(2);
await writeFile(result, JSON.stringify(await check(logs, await readFile(scriptFile, 'utf8'))));
// Hosts are still on: they end with this process.
process.exit(0);
