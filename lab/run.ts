/** One run of a scenario: what is asked for, what it hears while it lasts, what became of it. */
import type { Call } from './clients/call.ts';
import type { Controller } from './controllers.ts';
import type { ScenarioResult } from './measure/result.ts';
import type { Cast, Scenario } from './scenarios/scenario.ts';
import type { TickLine } from './stage/controller-log.ts';
import type { Newcomer } from './stage/newcomers.ts';
import type { Story } from './story/story.ts';

export interface PlayOptions {
  readonly controller: Controller;
  readonly profile: ScenarioResult['profile'];
  readonly heartbeatS: number;
  readonly ssmDelayMs: number;
  readonly seed: number;
  /** How long a run without Quorate is watched after the fault. */
  readonly offCapMs: number;
  readonly logs: string;
  /** Folder with the template and the bundles of what is deployed; `null`: nothing is. */
  readonly build: string | null;
}

export interface Run {
  readonly scenario: Scenario;
  readonly options: PlayOptions;
  readonly story: Story;
  readonly startedAtMs: number;
  readonly calls: Call[];
  readonly ticks: TickLine[];
}

export interface Outcome {
  readonly cast: Cast;
  readonly faultAtMs: number;
  /** Sessions of which a live member held a copy after the fault; `null`: nobody was asked. */
  readonly copies: ReadonlySet<string> | null;
  readonly endedAtMs: number;
  readonly recoveredAtMs: number | null;
  /** Instances launched since the fault, by id. */
  readonly launched: readonly string[];
  /** The one of them that worked first. */
  readonly newcomer: Newcomer | null;
}
