/** `quorate check [FILE]`: is the fleets file right, and what does it mean? */
import { formatDuration } from '../config/duration.ts';
import type { Fleet, FleetRouting } from '../config/fleet.ts';
import { readFleetsFile } from '../config/read-fleets.ts';
import { ConfigInvalid } from '../errors.ts';
import { tellInvalid } from './refusal.ts';
import { EXIT, type Exit, paint, type Terminal } from './terminal.ts';

export const check = (file: string, isJson: boolean, terminal: Terminal): Exit => {
  try {
    const fleets = readFleetsFile(file);
    if (isJson) terminal.out(JSON.stringify({ ok: true, fleets }, null, 2));
    else tellFleets(file, fleets, terminal);
    return EXIT.fine;
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    const { problems } = error;
    tellInvalid(error, { json: isJson }, terminal);
    if (!isJson) {
      terminal.error(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
    }
    return EXIT.unhealthy;
  }
};

const tellFleets = (file: string, fleets: readonly Fleet[], terminal: Terminal): void => {
  const count = fleets.length === 1 ? '1 fleet' : `${fleets.length} fleets`;
  terminal.out(`${paint(terminal, 'green', `${file} is fine`)}: ${count}`);
  for (const fleet of fleets) {
    const { name, group, member, application, networks, policy } = fleet;
    const acts = policy.mode === 'act' ? 'acts' : 'shadow: decides and tells, acts on nothing';
    terminal.out('');
    terminal.out(`${paint(terminal, 'bold', name)}  ${acts}`);
    terminal.out(`  group        ${group}, tag quorate:fleet=${name}`);
    terminal.out(`  networks     ${networks.join(', ')}`);
    terminal.out(
      `  member       port ${member.port}, ${member.service}, Hazelcast ${member.version}`,
    );
    terminal.out(`  canary       ${canaryWords(member)}`);
    terminal.out(
      `  application  ${application === null ? 'none' : `port ${application.port}, ${application.path}`}`,
    );
    terminal.out(
      `  tolerances   silence ${formatDuration(policy.silenceToleranceMs)}, wrong answers ${formatDuration(policy.faultToleranceMs)}`,
    );
    const { standby } = fleet;
    const place = standby === null ? 'rebuilt in place' : `moved to ${standby.group}`;
    const how = policy.failover === 'act' ? 'by itself' : 'when a person orders it';
    terminal.out(`  lost         ${place}, ${how} (failover: ${policy.failover})`);
    if (fleet.routing !== null) terminal.out(`  led by       ${ledBy(fleet.routing)}`);
    terminal.out(
      `  at most      ${policy.seatKillsMax} per seat in ${formatDuration(policy.seatBudgetWindowMs)}, ${policy.fleetKillsMax} in ${formatDuration(policy.fleetBudgetWindowMs)}`,
    );
  }
};

/** Whether it can be told that a member is stuck, and what has to be right for that. */
const canaryWords = ({ canary, version, cluster }: Fleet['member']): string => {
  if (version === '3.x') return 'none: of 3.x no probe tells who is stuck';
  if (canary === null) return 'off: nobody can tell that a member is stuck';
  const way = version === '2.x' ? 'by REST' : `as a client of cluster ${cluster}`;
  return `map ${canary}, ${way}`;
};

/** What was never played with real members and a real load balancer is told as that, wherever it is named. */
const UNPROVEN = 'unproven: see docs/deploy.md';

const ledBy = (routing: FleetRouting): string => {
  switch (routing.kind) {
    case 'application':
      return `Application Load Balancer, ${routing.arn}`;
    case 'network':
      return `Network Load Balancer (${UNPROVEN}), ${routing.arn}`;
    case 'classic':
      return `Classic Load Balancer (${UNPROVEN}), ${routing.balancer}`;
    case 'record':
      return `Route 53 (${UNPROVEN}), ${routing.type} ${routing.name} in ${routing.zone}`;
  }
};
