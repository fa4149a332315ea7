/** Nodes as they really are: processes that hang, die and boot, hosts that get lost, and the group that replaces them. */
import type { NodeAct } from '../../src/core/acts.ts';
import * as w from '../core/world.ts';
import type { Fault } from './troubles.ts';

export interface Node {
  readonly n: number;
  readonly instanceId: string;
  readonly address: string;
  readonly launchedAtMs: number;
  bootedAtMs: number;
  process: 'up' | 'hung' | 'zombie' | 'dead';
  /** Of a zombie: how many of ten probes it answers. */
  goodIn10: number;
  /** Since when it has been bad, `null` while it is good. Booting for the first time is neither. */
  badSinceMs: number | null;
  /** Bad times that are over, from when until when. */
  readonly spells: (readonly [number, number])[];
  /** End of the last bad time, or of booting. */
  goodSinceMs: number;
  pauseUntilMs: number;
  hostGone: boolean;
  lifecycle: string;
  terminatedAtMs: number;
  registered: boolean;
  /** When the host will carry out the order to kill. */
  killAtMs: number;
}

export const NEVER = Number.POSITIVE_INFINITY;
/** From launch until EC2 says `running`. */
export const LAUNCH_MS = 3_000;
export const SSM_MS = 2_000;
const DRAIN_MS = 8_000;
/** Peers of a killed process see its connections break; those of a lost host wait. */
const BREAK_MS = 400;
const HEARTBEAT_MS = 300_000;

/** One host's refusal of one address. */
interface Refusal {
  readonly host: string;
  readonly victim: Node;
  readonly fromMs: number;
  untilMs: number;
}

export class Nodes {
  readonly all: Node[] = [];
  desired: number;
  readonly #bootMs: number;
  /** The members' common list, oldest first. */
  readonly #listed: { readonly node: Node; readonly fromMs: number; toMs: number }[] = [];

  readonly #refusals: Refusal[] = [];

  constructor(nowMs: number, count: number, bootMs: number) {
    this.desired = count;
    this.#bootMs = bootMs;
    for (let n = 1; n <= count; n += 1) this.#launch(nowMs, nowMs - 3_600_000, 0);
  }

  #launch(nowMs: number, atMs: number, bootMs: number): void {
    const n = this.all.length + 1;
    const taken = new Set(this.all.filter((node) => hasAddress(node, nowMs)).map((x) => x.address));
    // Few addresses: a newcomer soon gets one that somebody else had.
    const few = Array.from({ length: this.desired + 3 }, (_, index) => w.addressOf(index + 1));
    const node: Node = {
      n,
      instanceId: w.idOf(n),
      address: few.find((address) => !taken.has(address)) ?? w.addressOf(n + 50),
      launchedAtMs: atMs,
      bootedAtMs: atMs + bootMs,
      process: 'up',
      goodIn10: 0,
      badSinceMs: null,
      spells: [],
      goodSinceMs: atMs + bootMs,
      pauseUntilMs: 0,
      hostGone: false,
      lifecycle: 'InService',
      terminatedAtMs: NEVER,
      registered: true,
      killAtMs: NEVER,
    };
    this.all.push(node);
    this.#list(node, atMs + bootMs);
  }

  #list(node: Node, fromMs: number): void {
    this.#listed.push({ node, fromMs, toMs: NEVER });
  }

  #unlist(node: Node, atMs: number): void {
    for (const each of this.#listed) if (each.node === node) each.toMs = Math.min(each.toMs, atMs);
  }

  /** Whom members list. */
  addressesListed(nowMs: number): readonly string[] {
    const now = this.#listed.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
    return [...new Set(now.map(({ node }) => node.address))];
  }

  staying(nowMs: number): readonly Node[] {
    return this.all.filter((node) => node.lifecycle === 'InService' && hasAddress(node, nowMs));
  }

  live(nowMs: number): void {
    for (const node of this.all) {
      if (!hasAddress(node, nowMs)) {
        this.#unlist(node, node.terminatedAtMs + (node.hostGone ? HEARTBEAT_MS : BREAK_MS));
      } else if (!node.hostGone) {
        this.#liveOn(node, nowMs);
      }
    }
    this.#shutOut(nowMs);
    for (let missing = this.desired - this.staying(nowMs).length; missing > 0; missing -= 1) {
      this.#launch(nowMs, nowMs + LAUNCH_MS, this.#bootMs);
    }
  }

  #liveOn(node: Node, nowMs: number): void {
    if (nowMs >= node.killAtMs) {
      node.killAtMs = NEVER;
      this.#die(node, nowMs, NEVER);
    }
    if (node.process === 'hung' && nowMs >= node.pauseUntilMs) turn(node, 'up', nowMs);
    if (node.process === 'dead' && nowMs >= node.bootedAtMs) {
      turn(node, 'up', nowMs);
      this.#list(node, nowMs);
    }
  }

  #die(node: Node, nowMs: number, bootMs: number): void {
    turn(node, 'dead', nowMs);
    node.bootedAtMs = nowMs + bootMs;
    this.#unlist(node, nowMs + BREAK_MS);
  }

  /** One fault at a time: what is bad already does not change its kind. */
  harm(node: Node, fault: Fault, nowMs: number): void {
    if (node.badSinceMs !== null) return;
    switch (fault.kind) {
      case 'pause':
        node.pauseUntilMs = nowMs + fault.lastsMs;
        turn(node, 'hung', nowMs);
        break;
      case 'hang':
      case 'hostGone':
        node.hostGone = fault.kind === 'hostGone';
        node.pauseUntilMs = NEVER;
        this.#unlist(node, nowMs + HEARTBEAT_MS);
        turn(node, 'hung', nowMs);
        break;
      case 'zombie':
        node.goodIn10 = fault.goodIn10;
        turn(node, 'zombie', nowMs);
        break;
      case 'kill':
        this.#die(node, nowMs, NEVER);
        break;
      case 'restart':
        this.#die(node, nowMs, fault.bootMs);
        break;
    }
  }

  /** People and time put everything right. */
  heal(nowMs: number): void {
    for (const node of this.all.filter((each) => hasAddress(each, nowMs))) {
      node.hostGone = false;
      node.pauseUntilMs = 0;
      node.bootedAtMs = Math.min(node.bootedAtMs, nowMs + this.#bootMs);
      if (node.process !== 'dead') turn(node, 'up', nowMs);
      this.#list(node, nowMs);
    }
  }

  terminate(node: Node, atMs: number): void {
    node.lifecycle = 'Terminating';
    node.registered = false;
    node.terminatedAtMs = Math.min(node.terminatedAtMs, atMs);
  }

  scaleIn(node: Node, nowMs: number): void {
    this.desired -= 1;
    this.terminate(node, nowMs + DRAIN_MS);
  }

  /** Addresses that a host which is there refuses, as `host address`. */
  fenced(nowMs: number): readonly string[] {
    return this.#refusalsNow(nowMs)
      .filter(({ host }) =>
        this.all.some((node) => node.instanceId === host && hasAddress(node, nowMs)),
      )
      .map(({ host, victim }) => `${host} ${victim.address}`);
  }

  #refusalsNow(nowMs: number): readonly Refusal[] {
    return this.#refusals.filter(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
  }

  #fence(victim: Node, act: Extract<NodeAct, { kind: 'fence' | 'lift' }>, nowMs: number): void {
    for (const host of act.hosts) {
      const node = this.all.find(({ instanceId }) => instanceId === host);
      if (node === undefined || node.hostGone || !hasAddress(node, nowMs)) continue;
      for (const each of this.#refusals) {
        if (each.host === host && each.victim === victim) {
          each.untilMs = Math.min(each.untilMs, nowMs + SSM_MS);
        }
      }
      if (act.kind === 'lift') continue;
      const fromMs = nowMs + SSM_MS;
      this.#refusals.push({ host, victim, fromMs, untilMs: act.untilMs });
    }
  }

  /** Members drop whom their master refuses, and their master when all of them refuse it (measured). */
  #shutOut(nowMs: number): void {
    const members = this.#listed.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
    const [master] = members;
    const refusals = this.#refusalsNow(nowMs);
    for (const { node } of members) {
      const others = members
        .filter((each) => each.node !== node)
        .map((each) => each.node.instanceId);
      const needed = master?.node === node ? others : [master?.node.instanceId];
      const isRefused = needed.every((id) =>
        refusals.some(({ host, victim }) => host === id && victim === node),
      );
      if (isRefused && needed.length > 0) this.#unlist(node, nowMs + BREAK_MS);
    }
  }

  obey(node: Node, act: NodeAct, nowMs: number): void {
    if (act.kind === 'fence' || act.kind === 'lift') {
      this.#fence(node, act, nowMs);
      return;
    }
    if (!hasAddress(node, nowMs)) return;
    switch (act.kind) {
      case 'deregister':
      case 'register':
        node.registered = act.kind === 'register';
        break;
      case 'kill':
        // The host refuses what comes late.
        if (nowMs + SSM_MS <= act.notAfterMs)
          node.killAtMs = Math.min(node.killAtMs, nowMs + SSM_MS);
        break;
      case 'replace':
        if (act.shrink && node.lifecycle === 'InService') this.desired -= 1;
        this.terminate(node, nowMs + DRAIN_MS);
        break;
      case 'terminate':
        this.terminate(node, nowMs + 1_000);
        break;
      case 'stop':
        node.killAtMs = Math.min(node.killAtMs, nowMs + SSM_MS);
        break;
      case 'enterStandby':
        if (node.lifecycle === 'InService') node.lifecycle = 'Standby';
        node.registered = false;
        break;
      case 'exitStandby':
        if (node.lifecycle === 'Standby') this.desired += 1;
        node.lifecycle = 'InService';
        node.registered = true;
        break;
      case 'resize':
        this.desired = act.desired;
        break;
    }
  }
}

/** EC2 takes the address back when it has terminated the instance. */
export const hasAddress = (node: Node, nowMs: number): boolean => nowMs < node.terminatedAtMs;

export const isBooted = (node: Node, nowMs: number): boolean => nowMs >= node.bootedAtMs;

const turn = (node: Node, process: Node['process'], nowMs: number): void => {
  node.process = process;
  if (process !== 'up') {
    node.badSinceMs ??= nowMs;
    return;
  }
  if (node.badSinceMs !== null) {
    node.spells.push([node.badSinceMs, nowMs]);
    node.goodSinceMs = nowMs;
  }
  node.badSinceMs = null;
};
