import { DISTURBED } from './disturbed.ts';
import type { Scenario } from './scenario.ts';
import { SINGLE_NODE } from './single-node.ts';

export const SCENARIOS: readonly Scenario[] = [...SINGLE_NODE, ...DISTURBED];

export const findScenario = (name: string): Scenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name);

/** As in the incident: Hazelcast's default up to 3.8. */
const HEARTBEAT_S = 300;

/** @param asked by whoever runs it, and then nobody else is asked */
export const heartbeatOf = (name: string, asked?: number): number =>
  asked ?? findScenario(name)?.heartbeatS ?? HEARTBEAT_S;
