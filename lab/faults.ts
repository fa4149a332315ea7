/** What can go wrong with a host, made to happen: its process, its network, its API server from within. */
import { mustRun } from './command.ts';
import type { LabHypervisor } from './host/hypervisor.ts';
import { FAULT_CHAIN, type Network } from './network.ts';

/** Filling Metaspace takes one to three seconds; two servers that do it at once on a busy machine took more than 30. */
const SWITCH_DEADLINE_MS = 120_000;
const SWITCH_PORT = 9090;
/** Not until the end of the answer: a server without class memory may never get there. */
const UNTIL_NUMBER =
  'while IFS= read -r line || [[ $line ]]; do echo "$line"; [[ $line =~ ^[0-9]+$ ]] && break; done';

/** All take instance ids of hosts that are on. Those of the network are not seen on the host, and end with it. */
export interface Faults {
  /** The member's process stops: heart-beats too, but its kernel goes on accepting connections. */
  hang(instanceId: string): Promise<void>;
  resume(instanceId: string): Promise<void>;
  /** `kill -9`: the host's kernel tells the peers. */
  killProcess(instanceId: string): Promise<void>;

  /** Packets from and to the host vanish. */
  cutLink(instanceId: string): Promise<void>;
  restoreLink(instanceId: string): Promise<void>;
  /** Packets between the two, hosts or probers, vanish; everybody else reaches both. */
  partition(one: string, other: string): Promise<void>;
  heal(one: string, other: string): Promise<void>;
  /** Share of packets lost in each direction, 0..1; 0 ends it. */
  loss(instanceId: string, probability: number): Promise<void>;
  /** Bandwidth in each direction, in kbit/s; `null` ends it. */
  slowLink(instanceId: string, rateKbit: number | null): Promise<void>;

  /** Leaks class loaders until Metaspace is full, and for ever after. @returns when it was full, in ms since the epoch */
  exhaustMetaspace(instanceId: string): Promise<number>;
  /** Partition threads that never come back: the one behind one of its partitions, or all. */
  blockPartitionThreads(instanceId: string, which: 'one' | 'all'): Promise<void>;
  /** Fills the heap to this share (0..100) and keeps it. @returns used bytes */
  heapPressure(instanceId: string, percent: number): Promise<number>;
}

export const createFaults = (network: Network, hypervisor: LabHypervisor): Faults => ({
  ...processFaults(hypervisor),
  ...networkFaults(network),
  ...switches(hypervisor),
});

/** Runs a script on the host as the lab: no agent needed. @throws Error with what it said, when it fails. */
const onHost = async (
  hypervisor: LabHypervisor,
  instanceId: string,
  script: string,
): Promise<string> => {
  const signal = AbortSignal.timeout(SWITCH_DEADLINE_MS);
  const { exitCode, stdout, stderr } = await hypervisor.exec(instanceId, script, signal);
  if (exitCode !== 0) throw new Error(`${instanceId}: exit code ${exitCode}: ${stderr}${stdout}`);
  return stdout;
};

type ProcessFaults = Pick<Faults, 'hang' | 'resume' | 'killProcess'>;

const processFaults = (hypervisor: LabHypervisor): ProcessFaults => {
  // Not `systemctl kill`, which finds nothing to do when no member runs: then the fault did not happen.
  const pid = 'pid=$(systemctl show -p MainPID --value api-server) && ((pid > 0)) || exit 1';
  const send = async (instanceId: string, script: string): Promise<void> => {
    await onHost(hypervisor, instanceId, `${pid}; ${script}`);
  };
  return {
    // A busy machine takes its time to stop it.
    hang: (instanceId) =>
      send(
        instanceId,
        'kill -STOP $pid; until [[ $(</proc/$pid/status) == *State:?T* ]]; do sleep 0.02; done',
      ),
    resume: (instanceId) => send(instanceId, 'kill -CONT $pid'),
    killProcess: (instanceId) => send(instanceId, 'kill -KILL $pid'),
  };
};

type NetworkFaults = Pick<
  Faults,
  'cutLink' | 'restoreLink' | 'partition' | 'heal' | 'loss' | 'slowLink'
>;

/** Rules by interface, not by address: an interface is never used again, an address is. */
const networkFaults = (network: Network): NetworkFaults => {
  const lossy = new Map<string, number>();
  const near = (instanceId: string): string => network.link(instanceId).interface;
  /** For each direction, packets that match are dropped from now on (-A), or no longer (-D). */
  const rules = async (change: '-A' | '-D', matches: readonly string[][]): Promise<void> => {
    for (const match of matches) {
      await mustRun('iptables', ['-w', change, FAULT_CHAIN, ...match, '-j', 'DROP']);
    }
  };
  const link = (instanceId: string): string[][] => [
    ['-i', near(instanceId)],
    ['-o', near(instanceId)],
  ];
  const between = (one: string, other: string): string[][] => [
    ['-i', near(one), '-o', near(other)],
    ['-i', near(other), '-o', near(one)],
  ];
  const lossOf = (instanceId: string, probability: number): string[][] =>
    link(instanceId).map((match) =>
      match.concat('-m', 'statistic', '--mode', 'random', '--probability', `${probability}`),
    );
  return {
    cutLink: (instanceId) => rules('-A', link(instanceId)),
    restoreLink: (instanceId) => rules('-D', link(instanceId)),
    partition: (one, other) => rules('-A', between(one, other)),
    heal: (one, other) => rules('-D', between(one, other)),
    async loss(instanceId, probability) {
      const before = lossy.get(near(instanceId)) ?? 0;
      if (before > 0) await rules('-D', lossOf(instanceId, before));
      if (probability > 0) await rules('-A', lossOf(instanceId, probability));
      lossy.set(near(instanceId), probability);
    },
    async slowLink(instanceId, rateKbit) {
      const shape =
        rateKbit === null
          ? ['del']
          : // A burst of a full packet and some; packets wait up to 400 ms, then they are dropped.
            ['replace', 'tbf', 'rate', `${rateKbit}kbit`, 'burst', '16kb', 'latency', '400ms'];
      await shapeLink(near(instanceId), shape, []);
      await shapeLink('eth0', shape, ['-n', instanceId]);
    },
  };
};

const shapeLink = async (
  device: string,
  [change = '', ...shape]: readonly string[],
  where: readonly string[],
): Promise<void> => {
  await mustRun('tc', [...where, 'qdisc', change, 'dev', device, 'root', ...shape]);
};

type Switches = Pick<Faults, 'exhaustMetaspace' | 'blockPartitionThreads' | 'heapPressure'>;

const switches = (hypervisor: LabHypervisor): Switches => {
  /** Asks the API server's fault switches, which listen on the host's loop-back only. */
  const flip = async (instanceId: string, path: string): Promise<number> => {
    const answer = await onHost(
      hypervisor,
      instanceId,
      `exec 5<>/dev/tcp/127.0.0.1/${SWITCH_PORT}
       printf 'POST ${path} HTTP/1.0\\r\\nContent-Length: 0\\r\\n\\r\\n' >&5
       ${UNTIL_NUMBER} <&5`,
    );
    const number = /^\d+$/m.exec(answer)?.[0];
    if (number === undefined) throw new Error(`${instanceId}: ${path}: ${answer || 'no answer'}`);
    return Number(number);
  };
  return {
    exhaustMetaspace: (instanceId) => flip(instanceId, '/metaspace'),
    async blockPartitionThreads(instanceId, which) {
      await flip(instanceId, `/partition-threads/${which}`);
    },
    heapPressure: (instanceId, percent) => flip(instanceId, `/heap?${percent}`),
  };
};
