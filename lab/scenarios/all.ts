/** Every scenario there is, by theme. */
import type { Line } from '../lines.ts';
import { NEWEST } from '../lines.ts';
import type { Wanted } from '../packages.ts';
import { DISTURBED } from './disturbed.ts';
import { DOORS } from './doors.ts';
import { HOST } from './host.ts';
import { INCIDENT } from './incident.ts';
import { MOVING } from './moving.ts';
import { QUORUM } from './quorum.ts';
import type { Scenario, Theme } from './scenario.ts';
import { SINGLE_NODE } from './single-node.ts';
import { SPARE } from './spare.ts';
import { SSM } from './ssm.ts';
import { totalLossVault } from './vault.ts';

export const THEMES: readonly Theme[] = [
  { title: "The incident's own software", scenarios: INCIDENT },
  { title: 'A member goes bad', scenarios: SINGLE_NODE },
  { title: 'A host goes bad or away', scenarios: HOST },
  { title: 'SSM does not do its part', scenarios: SSM },
  { title: 'AWS or the controller fails as well', scenarios: DISTURBED },
  { title: 'Nobody watches, until an alarm or a person calls', scenarios: DOORS },
  { title: 'The quorum is lost, or everything', scenarios: [...QUORUM, totalLossVault] },
  { title: 'A fleet moves to its other side', scenarios: MOVING },
  { title: 'Nobody may be touched', scenarios: SPARE },
];

export const SCENARIOS: readonly Scenario[] = THEMES.flatMap(({ scenarios }) => scenarios);

export const findScenario = (name: string): Scenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name);

/** As in the incident: Hazelcast's default up to 3.8. */
const HEARTBEAT_S = 300;

/** @param asked by whoever runs it, and then nobody else is asked */
export const heartbeatOf = (name: string, asked?: number): number =>
  asked ?? findScenario(name)?.heartbeatS ?? HEARTBEAT_S;

export const lineOf = (name: string): Line => findScenario(name)?.line ?? NEWEST;

/** What of a scenario the package depends on. */
export const packageOf = (
  name: string,
): Pick<Wanted, 'line' | 'hasStandby' | 'hasVault' | 'prefer'> => {
  const { standby, hasVault, prefer } = findScenario(name) ?? {};
  return {
    line: lineOf(name),
    hasStandby: standby !== undefined,
    hasVault: hasVault === true,
    ...(prefer && { prefer }),
  };
};
