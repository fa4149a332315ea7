/** What the cases of one release share: three members, and one observer of them. */
import { afterAll, beforeAll } from 'vitest';
import { type Cluster, eventually, type Member, startCluster } from './cluster.ts';
import type { Release } from './lines.ts';
import { canaryOf, createObserver, type Observer } from './observer.ts';

/** A member that comes back, or leaves, is seen at once; the machine may be busy. */
export const SOON_MS = 30_000;

export interface Stage {
  readonly release: Release;
  /** By the client of Hazelcast; 2.x is asked by REST, 3.x not at all. */
  readonly hasClient: boolean;
  readonly hasCanary: boolean;
  readonly observer: () => Observer;
  readonly all: () => readonly Member[];
  readonly addresses: () => readonly string[];
  /** Any of the three; the oldest may be another one. */
  readonly first: () => Member;
  readonly second: () => Member;
  readonly third: () => Member;
  /** @throws Error that says what they were instead. */
  readonly untilCanaries: (members: readonly Member[], answer: string) => Promise<void>;
}

/** Inside a `describe`. @param net second octet of the members' addresses. */
export const setStage = (release: Release, net: number): Stage => {
  let cluster: Cluster | null = null;
  let observer: Observer | null = null;
  beforeAll(async () => {
    cluster = await startCluster(release, net);
    observer = createObserver(release);
  });
  afterAll(async () => {
    await observer?.close();
    await cluster?.stop();
  });
  const all = (): readonly Member[] => present(cluster).members;
  const member = (n: number) => (): Member => present(all()[n]);
  return {
    release,
    hasClient: release.line === '4.x' || release.line === '5.x',
    hasCanary: release.line !== '3.x',
    observer: () => present(observer),
    all,
    addresses: () => all().map(({ address }) => address),
    first: member(0),
    second: member(1),
    third: member(2),
    untilCanaries: async (members, answer) => {
      let seen: readonly string[] = [];
      const isTrue = async (): Promise<boolean> => {
        const round = await present(observer).see(all());
        seen = members.map((each) => canaryOf(round, each));
        return seen.every((each) => each === answer);
      };
      await eventually(SOON_MS, `every canary is ${answer}`, isTrue).catch((error: unknown) => {
        throw new Error(`${String(error)}, but ${seen.join()}`);
      });
    },
  };
};

const present = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('the stage is not set');
  return value;
};

/** What a canary that exists says, or that there is none. */
export const canaryIs = ({ hasCanary }: Stage, answer: string): string =>
  hasCanary ? answer : 'none/off';
