/** What the adapter promises of every line of Hazelcast, asked of three real members. The cases build on each other. */
import { describe } from 'vitest';
import type { HazelcastLine } from '../../src/config/fleet.ts';
import { clientCases } from './cases/client.ts';
import { healthyCases } from './cases/healthy.ts';
import { hungCases } from './cases/hung.ts';
import { killedCases } from './cases/killed.ts';
import { observerCases } from './cases/observers.ts';
import { notNamed, stuckByClient, stuckByRest } from './cases/stuck.ts';
import { RELEASES, type Release } from './lines.ts';
import { type Stage, setStage } from './stage.ts';

const STUCK: Readonly<Record<HazelcastLine, (stage: Stage) => void>> = {
  '2.x': stuckByRest,
  '3.x': notNamed,
  '4.x': stuckByClient,
  '5.x': stuckByClient,
};

export const describeRelease = (release: Release, net: number): void => {
  describe(`Hazelcast ${release.version}`, () => {
    const stage = setStage(release, net);
    healthyCases(stage);
    if (stage.hasClient) clientCases(stage);
    if (release === RELEASES.at(-1)) observerCases(stage);
    hungCases(stage);
    STUCK[release.line](stage);
    killedCases(stage);
  });
};
