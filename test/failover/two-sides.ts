/**
 * A small world of two Auto Scaling groups behind one load balancer, for the state machine of a failover: what it is, moment
 * by moment, and what it shows. Only what a failover touches; the lab has the real thing.
 */
import type { Act, Performed } from '../../src/core/acts.ts';
import type { Instance, Inventory, Reading, Round, Sight } from '../../src/core/observation.ts';
import type { CourierWord, SideName } from '../../src/core/sides.ts';
import type { VaultWord } from '../../src/core/vault.ts';
import * as w from '../core/world.ts';
import { Balancer } from './balancer.ts';
import { type SentCourier, wordOf } from './sent-courier.ts';
import type { Story } from './story.ts';

export interface Member {
  readonly n: number;
  /** As EC2 gives it. */
  address: string;
  readonly side: SideName;
  /** Hazelcast's cluster name. */
  cluster: string;
  readonly launchedAtMs: number;
  readonly bootMs: number;
  process: 'good' | 'hung' | 'dead';
  terminatedAtMs: number;
  /** In the load balancer. */
  isRegistered: boolean;
  /** Stands by: its group neither counts nor removes it. */
  isSetAside: boolean;
}

interface Group {
  min: number;
  desired: number;
  max: number;
  suspended: string[];
}

const LAUNCH_MS = 5_000;
export const GOING_MS = 20_000;
const KILL_MS = 3_000;
/** From asking a member to go until the others have made copies of what it had. */
export const COPIES_MS = 12_000;

export class TwoSides {
  nowMs = w.T0;
  readonly members: Member[] = [];
  readonly groups: Record<SideName, Group> = {
    blue: { min: 3, desired: 3, max: 6, suspended: [] },
    green: { min: 0, desired: 0, max: 6, suspended: [] },
  };
  readonly balancer = new Balancer();
  /** Until then nobody can read it. */
  hidesRoutingUntilMs = 0;
  courier: SentCourier | null = null;
  vault: VaultWord | null = null;
  /** How a side's group cannot be read. */
  hides: 'no' | 'unreadable' | 'deleted' = 'no';
  hidden: SideName = 'green';
  /** Carries the tag no more. */
  disowned: SideName | null = null;
  /** The members have made all copies again by then. */
  copiedAtMs = 0;
  readonly acts: { readonly atMs: number; readonly act: Act }[] = [];
  readonly #story: Story;
  readonly #later: { readonly atMs: number; readonly happen: () => void }[] = [];
  #count = 0;
  #refused = 0;

  constructor(story: Story = {}) {
    this.#story = story;
    const { size = 3 } = story;
    Object.assign(this.groups.blue, { min: size, desired: size });
    for (let n = 0; n < size; n += 1) this.#launch('blue', this.nowMs - 3_600_000);
  }

  at(atMs: number, happen: () => void): void {
    this.#later.push({ atMs, happen });
  }

  /** More is to happen. */
  get isDue(): boolean {
    return this.#later.length > 0;
  }

  advance(toMs: number): void {
    this.nowMs = Math.max(this.nowMs, toMs);
    for (const each of this.#later.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.#later.splice(this.#later.indexOf(each), 1);
      each.happen();
    }
    for (const side of ['blue', 'green'] as const) this.#size(side);
  }

  /** In its group, and not on its way out. */
  staying(side: SideName): readonly Member[] {
    return this.members.filter(
      (each) =>
        each.side === side && each.terminatedAtMs > this.nowMs + GOING_MS && !each.isSetAside,
    );
  }

  isGood(member: Member): boolean {
    return (
      member.process === 'good' &&
      this.nowMs >= member.launchedAtMs + member.bootMs &&
      this.nowMs < member.terminatedAtMs - GOING_MS
    );
  }

  #launch(side: SideName, atMs: number): void {
    this.#count += 1;
    const { joinsOld = false, cannotForm = false, cannotStart = false } = this.#story;
    const isNew = side === 'green';
    const own = isNew && cannotForm ? `lonely-${this.#count}` : side;
    this.members.push({
      n: this.#count,
      address: w.addressOf(this.#count),
      side,
      cluster: isNew && joinsOld ? 'blue' : own,
      launchedAtMs: atMs,
      bootMs: isNew && cannotStart ? Infinity : (this.#story.bootMs ?? 15_000),
      process: 'good',
      terminatedAtMs: Infinity,
      isRegistered: true,
      isSetAside: false,
    });
  }

  /** What Auto Scaling does. */
  #size(side: SideName): void {
    const group = this.groups[side];
    const staying = this.staying(side);
    const { capacity = 6 } = this.#story;
    const room = side === 'green' ? Math.min(group.desired, capacity) : group.desired;
    for (let n = staying.length; n < room; n += 1) this.#launch(side, this.nowMs);
    for (const each of staying.slice(group.desired)) this.#terminate(each);
  }

  #terminate(member: Member): void {
    this.copiedAtMs = this.nowMs + COPIES_MS;
    member.terminatedAtMs = Math.min(member.terminatedAtMs, this.nowMs + GOING_MS);
  }

  inventory(side: SideName): Reading<Inventory> {
    if (side === this.hidden && this.hides !== 'no') {
      return this.hides === 'deleted'
        ? { ok: false, error: 'there is no such group', isGone: true }
        : { ok: false, error: 'throttled' };
    }
    const group = this.groups[side];
    const instances = this.members
      .filter((each) => each.side === side && this.nowMs < each.terminatedAtMs)
      .map((each) => this.#instance(each));
    const { min, desired, max, suspended } = group;
    const groupTagged = side !== this.disowned;
    const sizes = { min, desired, max, suspended: [...suspended] };
    const more = { readAtMs: this.nowMs, groupTagged, ...sizes };
    return { ok: true, value: w.inventoryOf(instances, more) };
  }

  #instance(member: Member): Instance {
    const isGoing = member.terminatedAtMs <= this.nowMs + GOING_MS;
    const isLaunched = this.nowMs >= member.launchedAtMs + LAUNCH_MS;
    return w.instance(member.n, {
      address: member.address,
      lifecycle: isGoing ? 'Terminating' : member.isSetAside ? 'Standby' : 'InService',
      ec2State: isGoing ? 'shutting-down' : isLaunched ? 'running' : 'pending',
      launchedAtMs: member.launchedAtMs,
      target: this.#targetOf(member),
    });
  }

  #targetOf(member: Member): Instance['target'] {
    if (!member.isRegistered || member.isSetAside) return 'unknown';
    const { side, launchedAtMs, bootMs } = member;
    const runsFromMs = launchedAtMs + LAUNCH_MS;
    const upAtMs = launchedAtMs + bootMs;
    const isGood = this.isGood(member);
    return this.balancer.targetOf({ side, runsFromMs, upAtMs, isGood }, this.nowMs);
  }

  round(observer: string, ids: readonly string[]): Round {
    const sights = this.members
      .filter((each) => ids.includes(w.idOf(each.n)))
      .map((each) => [w.idOf(each.n), this.#sight(each)] as const);
    return { observer, sighted: true, sights: Object.fromEntries(sights), crossings: [] };
  }

  #sight(member: Member): Sight {
    const isUp = this.nowMs >= member.launchedAtMs + member.bootMs;
    if (this.nowMs >= member.terminatedAtMs - GOING_MS || !isUp || member.process === 'dead') {
      return w.killed;
    }
    if (member.process === 'hung') return w.hung;
    // A hung member stays in the lists: the heart-beat time-out is far away.
    const lists = this.members.filter(
      (each) =>
        each.cluster === member.cluster &&
        each.process !== 'dead' &&
        this.nowMs >= each.launchedAtMs + each.bootMs &&
        this.nowMs < each.terminatedAtMs - GOING_MS,
    );
    const copied = { answer: 'ok', value: this.nowMs >= this.copiedAtMs, tookMs: 2 } as const;
    const sight = { ...w.works(...lists.map(({ n }) => n)), safe: copied };
    return this.#story.isMute === true && member.side === 'green'
      ? { ...sight, application: w.killed.application }
      : sight;
  }

  word(): CourierWord | null {
    const isThere = this.courier !== null && this.nowMs >= this.courier.startedAtMs;
    return this.courier === null || !isThere ? null : wordOf(this.courier, this.#story, this.nowMs);
  }

  /** Whether a call through the load balancer with our header is answered well. */
  answersPreview(): boolean {
    // Where no rule leads a call with our header, it goes where users go.
    const there = this.balancer.routing.preview ?? this.balancer.routing.side;
    const isGood = this.members.some((each) => each.side === there && this.isGood(each));
    return this.#story.isMute !== true && isGood;
  }

  perform(act: Act): Performed['outcome'] {
    this.acts.push({ atMs: this.nowMs, act });
    if ('target' in act) return this.#touch(act);
    switch (act.kind) {
      case 'scale':
        Object.assign(this.groups[act.side], { min: act.min, desired: act.desired });
        return 'done';
      case 'suspend':
        this.groups[act.side].suspended = [
          ...new Set([...this.groups[act.side].suspended, ...act.processes]),
        ];
        return 'done';
      case 'unsuspend':
        this.groups[act.side].suspended = this.groups[act.side].suspended.filter(
          (each) => !act.processes.includes(each),
        );
        return 'done';
      case 'preview':
        return this.balancer.lead({ preview: act.side }, this.nowMs);
      case 'endPreview':
        return this.balancer.lead({ preview: null }, this.nowMs);
      case 'switch':
        return this.balancer.lead(
          this.#story.switchesInTwo === true && this.balancer.routing.isHalf !== true
            ? { side: null, preview: null, isHalf: true }
            : { side: act.side },
          this.nowMs,
        );
      case 'carry':
      case 'restore':
        this.#refused += 1;
        if (this.#refused <= (this.#story.carriesRefused ?? 0)) return 'deferred';
        this.courier = {
          job: act.job,
          isRestoring: act.kind === 'restore',
          startedAtMs: this.nowMs + (this.#story.courierColdMs ?? 0),
          endAtMs: Infinity,
          diedAtMs: Infinity,
        };
        return 'done';
      case 'dismiss':
        return this.#touch({ kind: 'replace', target: act.node, shrink: false });
      case 'keep':
        this.vault = { takenAtMs: this.nowMs, entries: 9, bytes: 900, tookMs: 5, error: null };
        return 'done';
      case 'endCarry':
        if (this.courier?.job !== act.job) return 'done';
        if (this.nowMs < this.courier.startedAtMs) this.courier = null;
        else {
          this.courier.endAtMs = Math.min(this.courier.endAtMs, this.nowMs + 2_000);
        }
        return 'done';
    }
  }

  #touch(act: Extract<Act, { target: unknown }>): Performed['outcome'] {
    const member = this.members.find(({ n }) => w.idOf(n) === act.target.instanceId);
    if (member === undefined) return 'failed';
    if (act.kind === 'kill') {
      this.at(this.nowMs + KILL_MS, () => {
        member.process = 'dead';
      });
    }
    if (act.kind === 'deregister' || act.kind === 'register') {
      member.isRegistered = act.kind === 'register';
    }
    if (act.kind === 'replace' || act.kind === 'terminate') {
      member.isSetAside = false;
      this.#terminate(member);
    }
    return 'done';
  }

  /** The side whose members users reach. */
  serving(): readonly Member[] {
    const { side } = this.balancer.routing;
    return this.members.filter((each) => each.side === side && this.isGood(each));
  }
}
