/** From bytes on a socket to a decision: nodes that answer nonsense, judged by the rules and by nothing that they say. */
import { afterEach, describe, expect, it } from 'vitest';
import { look } from '../src/adapters/hazelcast/look.ts';
import { preview } from '../src/adapters/hazelcast/preview.ts';
import { localObserver } from '../src/adapters/system/local-observer.ts';
import type { Observation } from '../src/core/observation.ts';
import { INITIAL_STATE, type Stepped, step } from '../src/core/step.ts';
import {
  drips,
  fleetAt,
  floods,
  healthy,
  type Manners,
  type Node,
  Nodes,
  recorded,
  says,
} from './adapters/nodes.ts';
import { instance, inventoryOf, POLICY, T0 } from './core/world.ts';
import { NO_QUESTIONS } from './questions.ts';

/** The addresses that the recorded members list. */
const addressOf = (n: number): string => `127.77.0.${n}`;
const NUMBERS = [1, 2, 3];
/** Good answers take some milliseconds; a busy machine is given hundreds of times that. */
const PROBE_DEADLINE_MS = 2_000;

describe('a node that answers nonsense', () => {
  const nodes = new Nodes();
  afterEach(async () => await nodes.stop());

  /** Three nodes on loopback addresses; the third changes its manners. */
  const start = async (): Promise<{ third: Node; turn: (manners: Manners) => void }> => {
    let manners = healthy;
    const first = await nodes.start(healthy, { address: addressOf(1) });
    await nodes.start(healthy, { address: addressOf(2), port: first.port });
    const third = await nodes.start((socket, head) => manners(socket, head), {
      address: addressOf(3),
      port: first.port,
    });
    return {
      third,
      turn: (next) => {
        manners = next;
      },
    };
  };

  const inventory = inventoryOf(NUMBERS.map((n) => instance(n, { address: addressOf(n) })));
  const observeAt = async (nowMs: number, port: number): Promise<Observation> => {
    const fleet = fleetAt(port);
    const request = {
      fleet: fleet.name,
      side: 'blue' as const,
      nodes: inventory.instances,
      balancerAddresses: [],
      probeDeadlineMs: PROBE_DEADLINE_MS,
      questions: NO_QUESTIONS,
    };
    const rounds = ['probe-a', 'probe-b'].map(
      async (name) =>
        await localObserver(name, fleet, { look, preview }).look(
          request,
          AbortSignal.timeout(20_000),
        ),
    );
    return {
      dueAtMs: nowMs,
      startedAtMs: nowMs,
      nowMs,
      inventory: { ok: true, value: { ...inventory, readAtMs: nowMs } },
      rounds: await Promise.all(rounds),
      commands: [],
      orders: [],
      pause: null,
      move: null,
      vault: null,
    };
  };

  /** One tick a second, by a clock of its own. Ends at the first act. */
  const watch = async (
    port: number,
    [fromS, untilS]: readonly [number, number],
    before?: Stepped,
  ) => {
    const steps: (Stepped & { atS: number })[] = [];
    let state = before?.state ?? INITIAL_STATE;
    for (let atS = fromS; atS <= untilS; atS += 1) {
      const stepped = step(POLICY, state, await observeAt(T0 + atS * 1_000, port));
      steps.push({ ...stepped, atS });
      state = stepped.state;
      if (stepped.plan.kind === 'act') break;
    }
    return steps;
  };
  /** Ten seconds of its clock; on a machine that is too busy to answer all probes in time, some more. */
  const whenHealthy = async (port: number): Promise<Stepped & { atS: number }> => {
    let last = (await watch(port, [0, 12])).at(-1)!;
    while (last.cluster.condition !== 'Quorate' && last.atS < 60) {
      last = (await watch(port, [last.atS + 1, last.atS + 1], last)).at(-1)!;
    }
    expect(last.cluster.condition).toBe('Quorate');
    return last;
  };
  const third = ({ nodes: judged }: Stepped) =>
    judged.find(({ instanceId }) => instanceId === 'i-3');

  const HEAD = 'HTTP/1.1 200 OK\r\n';
  it.each<[string, Manners, { afterS: number; because: RegExp }]>([
    [
      'garbage',
      says(`${HEAD}Content-Length: 5\r\n\r\nhello`),
      { afterS: 5, because: /answers garbage/ },
    ],
    [
      'another protocol',
      says('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
      { afterS: 5, because: /answers garbage/ },
    ],
    [
      'a redirect',
      says('HTTP/1.1 302 Found\r\nLocation: http://127.77.0.1/\r\nContent-Length: 0\r\n\r\n'),
      { afterS: 5, because: /wrong status/ },
    ],
    [
      'a head without end',
      floods(HEAD, `X-Padding: ${'x'.repeat(1_000)}\r\n`),
      { afterS: 5, because: /without end/ },
    ],
    [
      'a good head and 1 GB of list',
      (socket, head) => {
        if (head.startsWith('HEAD')) socket.write(recorded('head-health-1'));
        else
          floods(`${HEAD}Content-Length: 1073741824\r\n\r\n`, '{"members":['.repeat(1_000))(
            socket,
            head,
          );
      },
      { afterS: 5, because: /without end/ },
    ],
    [
      'byte by byte, for ever',
      drips(`${HEAD}X-Slow: ${'z'.repeat(1_000)}`),
      { afterS: 10, because: /does not answer/ },
    ],
  ])('%s: is a Zombie after its tolerance, and evicted', async (_name, manners, expected) => {
    const { third: node, turn } = await start();
    const before = await whenHealthy(node.port);
    turn(manners);
    const steps = await watch(node.port, [before.atS + 1, before.atS + 60], before);
    const last = steps.at(-1)!;
    expect(third(last)).toMatchObject({
      condition: 'Zombie',
      because: expect.stringMatching(expected.because),
    });
    expect(last.plan).toMatchObject({
      kind: 'act',
      acts: [{ target: { instanceId: 'i-3', address: addressOf(3) } }, {}],
    });
    // Not before its tolerance; a busy machine may take some rounds longer.
    expect(last.atS - before.atS - 1).toBeGreaterThanOrEqual(expected.afterS);
    // No more than two kernels buffer, whatever it would like to send.
    expect(node.bytesSent() / node.connections()).toBeLessThan(16 * 1024 * 1024);
  });

  it('is Unknown and left alone when it never answered well: it may be no fault', async () => {
    const { third: node, turn } = await start();
    turn(says('SSH-2.0-OpenSSH_9.6\r\n\r\n'));
    const steps = await watch(node.port, [0, 30]);
    expect(third(steps.at(-1)!)).toMatchObject({ condition: 'Unknown' });
    expect(steps.every(({ plan }) => plan.kind !== 'act')).toBe(true);
  });

  /** All is well with it, but for its list of members. */
  const lists = (...members: readonly object[]): Manners => {
    const body = JSON.stringify({ members });
    return (socket, head) => {
      if (!head.startsWith('GET /hazelcast/rest/cluster ')) healthy(socket, head);
      else socket.write(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
    };
  };
  const OWN = '7586d489-250e-47a9-b77a-2796a16f53a2';
  const member = (address: string, uuid: string) => ({ address: `[${address}]:5701`, uuid });
  const FIRST = member(addressOf(1), '2c4e64a8-7a2d-453f-ad8d-22f082a29796');
  const SECOND = member(addressOf(2), 'e7365d2a-7b57-4b58-b1ab-dd6c2f62ccac');
  const STRANGER = member(addressOf(9), '00000000-250e-47a9-b77a-2796a16f53a2');
  const crowd = Array.from({ length: 10_000 }, (_, n) => member(`10.0.${n >> 8}.${n & 255}`, OWN));
  const huge = 'A'.repeat(10_000);
  it.each<[string, Manners, { condition: string; because: RegExp; acts: boolean }]>([
    [
      'lists others than the core',
      lists(member(addressOf(3), OWN), STRANGER),
      {
        condition: 'Island',
        because: /^works in a cluster of 2, apart from the core$/,
        acts: true,
      },
    ],
    [
      'claims the address of another one',
      lists(FIRST, member(addressOf(2), OWN)),
      { condition: 'Unknown', because: /it and the core do not list each other$/, acts: false },
    ],
    [
      'gives itself a huge address',
      lists(FIRST, SECOND, member('9'.repeat(100_000), OWN)),
      { condition: 'Unknown', because: /it and the core do not list each other$/, acts: false },
    ],
    [
      'gives itself a huge name',
      lists(FIRST, SECOND, member(addressOf(3), OWN.repeat(1_000))),
      { condition: 'Unknown', because: /it and the core do not list each other$/, acts: false },
    ],
    [
      'lists 10,000 members',
      lists(...crowd),
      { condition: 'Zombie', because: /^answers without end, yet the core lists it$/, acts: true },
    ],
    [
      'has a state with a huge name',
      (socket, head) => {
        if (!head.startsWith('HEAD ')) healthy(socket, head);
        else
          socket.write(`${HEAD}Hazelcast-NodeState: ${huge}\r\nHazelcast-ClusterSize: 3\r\n\r\n`);
      },
      { condition: 'Zombie', because: /^answers garbage, yet the core lists it$/, acts: true },
    ],
  ])('that %s is named, and nobody else pays for it', async (_name, manners, expected) => {
    const { third: node, turn } = await start();
    const before = await whenHealthy(node.port);
    turn(manners);
    const steps = await watch(node.port, [before.atS + 1, before.atS + 28], before);
    const { condition, because, acts } = expected;
    expect(third(steps.at(-1)!)).toMatchObject({
      condition,
      because: expect.stringMatching(because),
    });
    for (const { nodes: judged } of steps) {
      const others = judged.filter(({ instanceId }) => instanceId !== 'i-3');
      expect(others.map((each) => each.condition)).toEqual(['Healthy', 'Healthy']);
    }
    const targets = steps.flatMap(({ plan }) =>
      plan.kind === 'act' ? plan.acts.flatMap((act) => ('target' in act ? [act.target] : [])) : [],
    );
    expect(targets.length > 0).toBe(acts);
    for (const target of targets) {
      expect(target).toEqual({ instanceId: 'i-3', address: addressOf(3) });
    }
  });
});
