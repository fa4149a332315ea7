/** The probes in the words of each line of Hazelcast, and what is asked beside them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CanaryBounds } from '../../src/adapters/hazelcast/canary.ts';
import { type Extras, sightOf } from '../../src/adapters/hazelcast/sight.ts';
import type { Fleet, HazelcastLine } from '../../src/config/fleet.ts';
import type { Sight } from '../../src/core/observation.ts';
import { fleetAt, healthy, type Manners, type Node, Nodes, recorded } from './nodes.ts';

const nodes = new Nodes();
afterEach(async () => {
  await nodes.stop();
});

const PATIENT_MS = 10_000;
const SHORT_MS = 300;
const NO_CANARY = { answer: 'none', why: 'off' } as const;

const see = async (
  node: Node,
  version: HazelcastLine,
  { deadlineMs = PATIENT_MS, ...more }: { readonly deadlineMs?: number } & Partial<Fleet> = {},
  extras: Partial<Extras> = {},
): Promise<Sight> => {
  const plain = fleetAt(node.port, { application: null, ...more });
  const fleet = { ...plain, member: { ...plain.member, version } };
  const bounds = { deadlineMs, signal: new AbortController().signal };
  return await sightOf(fleet, node.address, bounds, {
    canary: async () => await Promise.resolve(NO_CANARY),
    safety: false,
    isClogged: false,
    ...extras,
  });
};

const http = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const OLD_LIST = 'Cluster [2] {\n\tMember [10.0.0.1]:5701 this\n\tMember [10.0.0.2]:5701\n}\n';
const OLD_VIEW = {
  answer: 'ok',
  value: {
    members: [
      { address: '10.0.0.1', uuid: '' },
      { address: '10.0.0.2', uuid: '' },
    ],
  },
};
const answers =
  (list: string): Manners =>
  (socket, head) => {
    if (head.startsWith('HEAD /hazelcast/health')) socket.end(recorded('head-health-1'));
    else if (head.startsWith('GET /hazelcast/rest/cluster')) socket.end(http(list));
    else socket.end(http('', '400 Bad Request'));
  };

describe('a member of 2.x', () => {
  it('is asked once: its list of members stands for its health', async () => {
    const node = await nodes.start(answers(OLD_LIST));
    const seen = await see(node, '2.x');

    expect(node.requests).toEqual(['GET /hazelcast/rest/cluster']);
    expect(seen).toMatchObject({
      tcp: { answer: 'ok' },
      health: {
        answer: 'ok',
        value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 2 },
      },
      view: OLD_VIEW,
    });
  });

  it('is read in its recorded words, although it leaves connections open', async () => {
    const node = await nodes.start((socket) => socket.write(recorded('rest-cluster-2', '2.6')));
    expect(await see(node, '2.x')).toMatchObject({
      health: { answer: 'ok', value: { clusterSize: 3 } },
      view: { answer: 'ok', value: { members: { length: 3 } } },
    });
  });

  it('that does not list itself is not well', async () => {
    const node = await nodes.start(answers(OLD_LIST.replace(' this', '')));
    const seen = await see(node, '2.x');

    expect(seen.health).toMatchObject({ answer: 'wrong', cause: 'garbage' });
    expect(seen.view).toMatchObject(OLD_VIEW);
  });

  it('that hangs is silent after the handshake, in one connection', async () => {
    const node = await nodes.start(() => undefined);
    const seen = await see(node, '2.x', { deadlineMs: SHORT_MS });

    expect(seen).toMatchObject({
      tcp: { answer: 'ok' },
      health: { answer: 'silent', cause: 'answerTimeout' },
      view: { answer: 'silent', cause: 'answerTimeout' },
    });
    expect(node.connections()).toBe(1);
  });

  it('that answers in JSON is none', async () => {
    const node = await nodes.start(healthy);
    expect((await see(node, '2.x')).health).toMatchObject({ answer: 'wrong', cause: 'garbage' });
  });
});

describe('a member of 3.x', () => {
  it('has the health of its successors and the list of its predecessors', async () => {
    const node = await nodes.start(answers(OLD_LIST));
    const seen = await see(node, '3.x');

    expect([...node.requests].sort()).toEqual([
      'GET /hazelcast/rest/cluster',
      'HEAD /hazelcast/health',
    ]);
    expect(seen).toMatchObject({ health: { answer: 'ok' }, view: OLD_VIEW });
  });

  it('is read in its recorded words', async () => {
    const node = await nodes.start((socket, head) =>
      socket.write(recorded(head.startsWith('HEAD') ? 'head-health-1' : 'rest-cluster-1', '3.12')),
    );
    const seen = await see(node, '3.x');
    expect(seen.health).toMatchObject({
      answer: 'ok',
      value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 3 },
    });
    const uuids = seen.view.answer === 'ok' ? seen.view.value.members.map((m) => m.uuid) : [];
    expect(uuids.filter((uuid) => uuid.length === 36)).toHaveLength(3);
  });
});

describe('cluster-safe', () => {
  const says =
    (answer: string): Manners =>
    (socket, head) =>
      head.startsWith('GET /hazelcast/health/cluster-safe ')
        ? socket.end(answer)
        : healthy(socket, head);

  it.each<[HazelcastLine, string, unknown]>([
    ['5.x', http(''), { answer: 'ok', value: true }],
    ['4.x', http('', '503 Service Unavailable'), { answer: 'ok', value: false }],
    ['5.x', http('', '404 Not Found'), { answer: 'wrong', cause: 'status' }],
    ['5.x', '', { answer: 'wrong', cause: 'closed' }],
  ])('of %s that answers %j', async (version, answer, expected) => {
    const node = await nodes.start(says(answer));
    expect((await see(node, version, {}, { safety: true })).safe).toMatchObject(expected as object);
  });

  it('of 3.12 is told as later, of earlier ones not at all', async () => {
    const list =
      (answer: string): Manners =>
      (socket, head) =>
        head.includes('cluster-safe') ? socket.end(answer) : answers(OLD_LIST)(socket, head);
    const safe = async (answer: string): Promise<unknown> =>
      (await see(await nodes.start(list(answer)), '3.x', {}, { safety: true })).safe;

    expect(await safe(http(''))).toMatchObject({ answer: 'ok', value: true });
    expect(await safe(http('', '503 Service Unavailable'))).toMatchObject({ value: false });
    expect(await safe(http('TRUE'))).toBeNull();
    expect(await safe('')).toBeNull();
  });

  it('is not asked unless it is wanted, nor of 2.x, nor of a member that is not well', async () => {
    const node = await nodes.start(healthy);
    expect((await see(node, '5.x')).safe).toBeNull();
    const old = await nodes.start(answers(OLD_LIST));
    expect((await see(old, '2.x', {}, { safety: true })).safe).toBeNull();
    const sick = await nodes.start((socket) => socket.end());
    expect((await see(sick, '5.x', {}, { safety: true })).safe).toBeNull();
    const asked = [node, old, sick].flatMap(({ requests }) => requests);
    expect(asked.filter((line) => line.includes('safe'))).toEqual([]);
  });

  it('that hangs costs the deadline, and the other probes nothing', async () => {
    const node = await nodes.start((socket, head) => {
      if (!head.includes('cluster-safe')) healthy(socket, head);
    });
    const seen = await see(node, '5.x', { deadlineMs: 2_000 }, { safety: true });
    expect(seen).toMatchObject({
      health: { answer: 'ok' },
      view: { answer: 'ok' },
      safe: { answer: 'silent' },
    });
  });
});

describe('a member whose queues are clogged by reads of ours', () => {
  const everyThird = (): Parameters<typeof nodes.start>[0] => {
    let calls = 0;
    return (socket) => {
      calls += 1;
      if (calls % 3 === 0) socket.end(http(OLD_LIST));
    };
  };

  it('is well when one of several calls is answered', async () => {
    const node = await nodes.start(everyThird());
    expect((await see(node, '2.x', {}, { isClogged: true })).health.answer).toBe('ok');
  });

  it('is silent when none is', async () => {
    const node = await nodes.start(() => undefined);
    const sight = await see(node, '2.x', { deadlineMs: SHORT_MS }, { isClogged: true });
    expect(sight.health.answer).toBe('silent');
    expect(node.requests).toHaveLength(5);
  });

  it('is called once where nothing of ours hangs', async () => {
    const node = await nodes.start(everyThird());
    const sight = await see(node, '2.x', { deadlineMs: SHORT_MS });
    expect(sight.health.answer).toBe('silent');
  });
});

describe('the canary of a sight', () => {
  it('has what the health left of the deadline, and is told how the health was', async () => {
    const asked: CanaryBounds[] = [];
    const canary: Extras['canary'] = async (bounds) => {
      asked.push(bounds);
      return await Promise.resolve({ answer: 'ok', partition: 3, tookMs: 1 });
    };
    const well = await nodes.start(healthy);
    const hanging = await nodes.start(() => undefined);

    expect((await see(well, '5.x', {}, { canary })).canary).toMatchObject({ partition: 3 });
    await see(hanging, '5.x', { deadlineMs: SHORT_MS }, { canary });
    expect(asked).toMatchObject([{ isAnswering: true }, { isAnswering: false, deadlineMs: 1 }]);
    expect(asked[0]?.deadlineMs).toBeGreaterThan(0);
    expect(asked[0]?.deadlineMs).toBeLessThan(PATIENT_MS);
  });
});

describe('the memory of a sight', () => {
  const source = (port: number): Partial<Fleet> => ({
    memory: { port, path: '/metrics', format: 'prometheus' },
  });

  it('is asked beside the other probes, wherever it is told', async () => {
    const member = await nodes.start(healthy);
    const metrics = await nodes.start((socket) =>
      socket.end(http('jvm_memory_used_bytes{id="Metaspace"} 5')),
    );
    const seen = await see(member, '5.x', source(metrics.port));
    expect(seen.memory).toMatchObject({ answer: 'ok', value: { metaspace: { usedBytes: 5 } } });
    expect((await see(member, '5.x')).memory).toBeNull();
  });

  it('that cannot be read is no verdict on anything else', async () => {
    const member = await nodes.start(healthy);
    const nobody = await nodes.nobody();
    expect(await see(member, '5.x', source(nobody.port))).toMatchObject({
      health: { answer: 'ok' },
      memory: { answer: 'wrong', cause: 'refused' },
    });
  });
});
