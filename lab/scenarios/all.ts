import type { Scenario } from './scenario.ts';
import { SINGLE_NODE } from './single-node.ts';

export const SCENARIOS: readonly Scenario[] = [...SINGLE_NODE];

export const findScenario = (name: string): Scenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name);
