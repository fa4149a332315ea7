/**
 * A ground truth for property tests: what nodes, observers and AWS really are, moment by moment, and what they show. It is
 * as small as it can be while still lying to the controller in every way that life does: zombies that answer now and then,
 * lossy or blind observers, torn views, inventories that fail, lag, or leave somebody out, health checks that blame others.
 */
import type { Act } from '../../src/core/acts.ts';
import type {
  Instance,
  Inventory,
  Reading,
  Round,
  Sight,
  TargetState,
} from '../../src/core/observation.ts';
import * as w from '../core/world.ts';
import { hasAddress, isBooted, LAUNCH_MS, type Node, Nodes, SSM_MS } from './nodes.ts';
import type { Trouble } from './troubles.ts';

/** How long the load balancer's check takes to notice. */
const CHECK_MS = 5_000;
/** From the end of a document until SSM tells of it. */
const REPORT_MS = 1_500;
/** How long a terminated instance stays in the group's list. */
const LISTED_MS = 5_000;

const LOSSY = { vanished: w.vanished, hung: w.hung, zombie: w.zombie };

export class Truth {
  nowMs: number;
  readonly #nodes: Nodes;
  readonly #troubles: readonly Trouble[];
  /** Whom a trouble struck. */
  readonly #struck = new Map<Trouble, readonly Node[]>();
  #seed: number;
  #stale: readonly Instance[] = [];
  #leftOut: readonly Node[] = [];
  #answers: Extract<Trouble, { what: 'answer' }>[] = [];

  constructor(
    nowMs: number,
    story: {
      readonly nodes: number;
      readonly bootMs: number;
      readonly seed: number;
      readonly troubles: readonly Trouble[];
    },
  ) {
    this.nowMs = nowMs;
    this.#seed = story.seed;
    this.#troubles = [...story.troubles].sort((a, b) => a.at - b.at);
    this.#nodes = new Nodes(nowMs, story.nodes, story.bootMs);
  }

  get nodes(): readonly Node[] {
    return this.#nodes.all;
  }

  /** In service, for all that the group knows. */
  staying(): readonly Node[] {
    return this.#nodes.staying(this.nowMs);
  }

  /** A number below `below`; the sequence is fixed by the seed. */
  #draw(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * below);
  }

  advance(toMs: number): void {
    this.nowMs = Math.max(this.nowMs, toMs);
    for (const each of this.#troubles) {
      if (each.at <= this.nowMs && !this.#struck.has(each)) this.#strike(each);
    }
    this.#nodes.live(this.nowMs);
  }

  heal(): void {
    this.#nodes.heal(this.nowMs);
  }

  /** Serves, by ground truth. */
  isGood(node: Node): boolean {
    return node.badSinceMs === null && isBooted(node, this.nowMs) && hasAddress(node, this.nowMs);
  }

  isListed(node: Node): boolean {
    return this.#nodes.addressesListed(this.nowMs).includes(node.address);
  }

  /** Whether some observer's way to a node was lossy after `fromMs`. */
  wasLossy(node: Node, fromMs: number): boolean {
    return this.#troubles.some(
      (each) => each.what === 'lossy' && each.at + each.lastsMs > fromMs && this.#hit(each, node),
    );
  }

  /** Troubles of one kind that last now. */
  lasting<K extends Trouble['what']>(what: K): readonly Extract<Trouble, { what: K }>[] {
    return this.#troubles.filter(
      (each): each is Extract<Trouble, { what: K }> =>
        each.what === what &&
        each.at <= this.nowMs &&
        'lastsMs' in each &&
        this.nowMs < each.at + each.lastsMs,
    );
  }

  #hit(trouble: Trouble, node: Node): boolean {
    return this.#struck.get(trouble)?.includes(node) === true;
  }

  #strike(trouble: Trouble): void {
    const numbers = 'nodes' in trouble ? trouble.nodes : 'node' in trouble ? [trouble.node] : [];
    const there = this.staying().filter((node) => isBooted(node, this.nowMs));
    const struck = numbers.flatMap((n) => there[n % Math.max(1, there.length)] ?? []);
    this.#struck.set(trouble, struck);
    if (trouble.what === 'stale') this.#stale = this.#instances();
    if (trouble.what === 'leftOut') this.#leftOut = struck;
    if (trouble.what === 'answer') this.#answers.push(trouble);
    for (const node of struck) {
      if (trouble.what === 'node') this.#nodes.harm(node, trouble.fault, this.nowMs);
      if (trouble.what === 'scaleIn' && this.#nodes.desired > 3) {
        this.#nodes.scaleIn(node, this.nowMs);
      }
      if (trouble.what === 'console') node.terminatedAtMs = this.nowMs + 2_000;
    }
  }

  round(observer: string, instanceIds: readonly string[], deadlineMs: number): Round {
    if (this.lasting('blind').some((each) => each.observer === observer)) {
      return { observer, failed: 'timed out' };
    }
    const nodes = this.nodes.filter(
      (node) => instanceIds.includes(node.instanceId) && hasAddress(node, this.nowMs),
    );
    const sights = nodes.map((node) => [node.instanceId, this.#sight(observer, node, deadlineMs)]);
    return {
      observer,
      sighted: true,
      sights: Object.fromEntries(sights) as Record<string, Sight>,
      crossings: [],
    };
  }

  #sight(observer: string, node: Node, deadlineMs: number): Sight {
    if (node.hostGone || this.nowMs < node.launchedAtMs + LAUNCH_MS) return w.vanished;
    const lossy = this.lasting('lossy').find(
      (each) => each.observer === observer && this.#hit(each, node),
    );
    if (lossy !== undefined) return LOSSY[lossy.as];
    if (node.process === 'dead' || !isBooted(node, this.nowMs)) return w.killed;
    if (node.process === 'hung' && node.pauseUntilMs > this.nowMs + deadlineMs) return w.hung;
    if (node.process === 'zombie' && this.#draw(10) >= node.goodIn10) return w.zombie;
    const isTorn = this.lasting('torn').some((each) => this.#hit(each, node));
    const members = this.#nodes
      .addressesListed(this.nowMs)
      .filter((address) => !isTorn || address === node.address || this.#draw(2) === 0)
      .map((address) => ({ address, uuid: `u-${address}` }));
    return { ...w.works(), view: { answer: 'ok', tookMs: 2, value: { members } } };
  }

  inventory(): Reading<Inventory> {
    if (this.lasting('inventoryError').length > 0) return { ok: false, error: 'Throttling' };
    const instances = this.lasting('stale').length > 0 ? this.#stale : this.#instances();
    const leftOut = this.#leftOut.map(({ instanceId }) => instanceId);
    this.#leftOut = [];
    const shown = instances.filter(({ instanceId }) => !leftOut.includes(instanceId));
    const { desired } = this.#nodes;
    const departed = this.nodes
      .filter((node) => !hasAddress(node, this.nowMs))
      .map(({ instanceId }) => instanceId);
    const more = { readAtMs: this.nowMs, desired, departed };
    return { ok: true, value: w.inventoryOf(shown, more) };
  }

  #instances(): readonly Instance[] {
    return this.nodes
      .filter(({ launchedAtMs, terminatedAtMs }) => {
        return launchedAtMs <= this.nowMs && this.nowMs < terminatedAtMs + LISTED_MS;
      })
      .map((node) =>
        w.instance(node.n, {
          address: hasAddress(node, this.nowMs) ? node.address : '',
          ec2State: this.#ec2State(node),
          lifecycle: node.lifecycle,
          launchedAtMs: node.launchedAtMs,
          target: this.#target(node),
        }),
      );
  }

  #ec2State(node: Node): string {
    if (!hasAddress(node, this.nowMs)) return 'terminated';
    return this.nowMs < node.launchedAtMs + LAUNCH_MS ? 'pending' : 'running';
  }

  #target(node: Node): TargetState {
    if (!node.registered) return 'unknown';
    if (node.badSinceMs !== null) {
      return this.nowMs - node.badSinceMs > CHECK_MS ? 'unhealthy' : 'healthy';
    }
    if (!isBooted(node, this.nowMs)) return 'initial';
    const isSomebodyBad = this.staying().some(({ badSinceMs }) => badSinceMs !== null);
    const suffers = this.#troubles.some(
      (each) => each.what === 'symptoms' && this.#hit(each, node),
    );
    return isSomebodyBad && suffers ? 'unhealthy' : 'healthy';
  }

  /** Whether a host has done what it was asked at `atMs`, and SSM has told of it. */
  hasExecuted(instanceId: string, atMs: number): boolean {
    const node = this.nodes.find((each) => each.instanceId === instanceId);
    return (
      node !== undefined &&
      !node.hostGone &&
      hasAddress(node, this.nowMs) &&
      this.nowMs >= atMs + SSM_MS + REPORT_MS
    );
  }

  /** Addresses that some host refuses although nobody may want that any more. */
  fenced(): readonly string[] {
    return this.#nodes.fenced(this.nowMs);
  }

  /** Does what is asked, as far as the world lets it. */
  perform(act: Act): 'done' | 'deferred' | 'unknown' | 'failed' {
    const at = this.#answers.findIndex((each) => each.act === act.kind);
    const [trouble] = at < 0 ? [] : this.#answers.splice(at, 1);
    if (trouble !== undefined && trouble.times > 1) {
      this.#answers.push({ ...trouble, times: trouble.times - 1 });
    }
    if (trouble?.as === 'deferred' || trouble?.as === 'failed') return trouble.as;
    const node = this.nodes.find(({ instanceId }) => instanceId === w.instanceOf(act));
    if (node !== undefined && 'target' in act) this.#nodes.obey(node, act, this.nowMs);
    return trouble?.as === 'lost' ? 'unknown' : 'done';
  }
}
