/**
 * The part of systemd that a host plays: unit.ts LOGS RESULT. For each way to set up the unit, one script
 * runs on a host; what it printed goes into RESULT as JSON.
 */
import { writeFile } from 'node:fs/promises';
import type { UnitSettings } from '../host/host.ts';
import { createHypervisor } from '../host/hypervisor.ts';
import { createNetwork, type Network } from '../network.ts';
import { findJdk } from '../tools.ts';

/** Prints one line a case: the words that `show` has for the unit afterwards. */
const SCRIPT = `
unit=api-server.service
state() { echo "$1: $(systemctl show -p ActiveState --value $unit) $(systemctl show -p NRestarts --value $unit)"; }
state boot
systemctl kill -s SIGKILL $unit; sleep 1; state killed
systemctl start $unit
systemctl mask --runtime $unit >/dev/null; systemctl kill -s SIGKILL $unit; sleep 1; state killed-masked
systemctl start $unit 2>&1; systemctl unmask --runtime $unit >/dev/null
hang() {
  systemctl start $unit
  local pid; pid=$(systemctl show -p MainPID --value $unit)
  kill -STOP "$pid"
  # Of two signals that wait, the lower number comes first: a SIGTERM could overtake it.
  until [[ $(</proc/$pid/status) == *State:?T* ]]; do sleep 0.05; done
}
hang; systemctl stop --no-block $unit; systemctl kill -s SIGKILL $unit; sleep 1; state stopped-killed
hang
systemctl stop $unit; echo "hung-stopped: $(systemctl show -p Result --value $unit)"
systemctl is-active $unit; echo "exit code $?"
systemctl stop other 2>&1; echo "exit code $?"
`;

const SETTINGS: Readonly<Record<string, Partial<UnitSettings>>> = {
  'restart no': { restart: 'no' },
  'restart always, unit in /etc': { restart: 'always', unitDirectory: '/etc/systemd/system' },
  'restart always, unit in /usr/lib': {
    restart: 'always',
    unitDirectory: '/usr/lib/systemd/system',
  },
};

export type UnitResult = Readonly<Record<string, readonly string[]>>;

const tryOut = async (
  network: Network,
  logs: string,
  unit: Partial<UnitSettings>,
): Promise<string[]> => {
  const jdk = findJdk();
  if (jdk === null) throw new Error('no JDK');
  const options = { network, javaHome: jdk.home, logs, unit: { stopTimeoutMs: 1_000, ...unit } };
  const hypervisor = createHypervisor(options);
  const spec = { instanceId: 'i-0000000000000000a', address: '10.77.1.10', zone: 'a' } as const;
  await hypervisor.powerOn(spec);
  const { stdout } = await hypervisor.exec(spec.instanceId, SCRIPT, AbortSignal.timeout(60_000));
  await hypervisor.powerOff(spec.instanceId, 'graceful');
  return stdout.trim().split('\n');
};

const [logs = '', resultFile = ''] = process.argv.slice(2);
const network = await createNetwork();
const result: Record<string, readonly string[]> = {};
for (const [name, unit] of Object.entries(SETTINGS)) {
  result[name] = await tryOut(network, logs, unit);
}
await writeFile(resultFile, JSON.stringify(result));
process.exit(0);
