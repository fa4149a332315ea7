import { afterEach, describe, expect, it } from 'vitest';
import { lambdaObserver } from '../../src/adapters/aws/lambda-observer.ts';
import type { Round, Sight } from '../../src/core/observation.ts';
import type { LookRequest } from '../../src/ports.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { type Invocation, type LambdaEndpoint, lambdaEndpoint, refuse } from './lambda-endpoint.ts';

const SIGHT: Sight = {
  tcp: { answer: 'ok', value: null, tookMs: 1 },
  health: {
    answer: 'ok',
    value: { nodeState: 'ACTIVE', clusterState: 'ACTIVE', clusterSize: 1 },
    tookMs: 2,
  },
  view: { answer: 'wrong', cause: 'closed', detail: 'ECONNRESET', tookMs: 3 },
  application: { answer: 'silent', cause: 'answerTimeout', tookMs: 4 },
  canary: { answer: 'none', why: 'off' },
  memory: null,
  safe: null,
};

const requestOf = (count: number, more: Partial<LookRequest> = {}): LookRequest => ({
  fleet: 'shop',
  side: 'blue',
  nodes: Array.from({ length: count }, (_, n) => ({
    instanceId: `i-${n}`,
    address: `10.0.0.${n}`,
  })),
  balancerAddresses: ['10.0.9.1'],
  probeDeadlineMs: 1_000,
  questions: NO_QUESTIONS,
  ...more,
});

const saw = (sights: Record<string, Sight>): Round => ({
  observer: 'probe-a',
  sighted: true,
  sights,
  crossings: [],
});

const sightsOf = (request: LookRequest): Record<string, Sight> =>
  Object.fromEntries(request.nodes.map(({ instanceId }) => [instanceId, SIGHT]));

const seesAll = ({ request, returns }: Invocation): void =>
  returns({ sighted: true, sights: sightsOf(request), crossings: [], refused: [] });

let endpoint: LambdaEndpoint | null = null;
afterEach(async () => {
  await endpoint?.stop();
  endpoint = null;
});

const looks = async (
  onInvoke: (invocation: Invocation) => unknown,
  request = requestOf(2),
  signal = new AbortController().signal,
): Promise<Round> => {
  endpoint = await lambdaEndpoint(onInvoke);
  return await lambdaObserver('probe-a', endpoint.client).look(request, signal);
};

describe('an observer behind Lambda', () => {
  it('asks its function exactly what was wanted, and gives the round under its own name', async () => {
    const target = { instanceId: 'i-0', address: '10.0.0.1', condition: 'Zombie' };
    const round = await looks(seesAll, requestOf(0, { nodes: [target] }));
    expect(round).toEqual(saw({ 'i-0': SIGHT }));
    expect(endpoint?.invocations).toMatchObject([{ functionName: 'probe-a' }]);
    expect(endpoint?.invocations[0]?.request).toEqual({
      fleet: 'shop',
      side: 'blue',
      nodes: [{ instanceId: 'i-0', address: '10.0.0.1' }],
      balancerAddresses: ['10.0.9.1'],
      probeDeadlineMs: 1_000,
      questions: NO_QUESTIONS,
    });
  });

  it('drops instances that nobody asked for, and invents none that are missing', async () => {
    const round = await looks(({ returns }) =>
      returns({
        sighted: true,
        sights: { 'i-1': SIGHT, 'i-666': SIGHT },
        crossings: [],
        refused: ['i-0'],
      }),
    );
    expect(round).toEqual(saw({ 'i-1': SIGHT }));
  });

  it('tests its sight even when there are no nodes', async () => {
    const round = await looks(seesAll, requestOf(0));
    expect(round).toEqual(saw({}));
  });

  it.each<[string, (invocation: Invocation) => unknown, RegExp]>([
    [
      'fails',
      ({ response }) => {
        response.setHeader('x-amz-function-error', 'Unhandled');
        response.end('{"errorMessage":"Task timed out after 3.00 seconds \x1b[2J"}');
      },
      /^it failed \(Unhandled\): .*timed out.* \?\[2J/,
    ],
    [
      'is throttled',
      ({ response }) => refuse(response, 429, 'TooManyRequestsException'),
      /InvokeFunction was throttled/,
    ],
    [
      'may not be called',
      ({ response }) => refuse(response, 403, 'AccessDeniedException'),
      /denied lambda:InvokeFunction/,
    ],
    [
      'does not exist',
      ({ response }) => refuse(response, 404, 'ResourceNotFoundException'),
      /was refused \(ResourceNotFoundException\)/,
    ],
    [
      'breaks inside Lambda',
      ({ response }) => refuse(response, 500, 'ServiceException'),
      /no usable answer \(ServiceException/,
    ],
    ['is cut off', ({ response }) => response.destroy(), /no usable answer \(ECONNRESET/],
    ['answers no JSON', ({ response }) => response.end('<html>'), /^its answer makes no sense/],
    ['answers nothing', ({ response }) => response.end(), /./],
    ['answers null', ({ returns }) => returns(null), /^its answer makes no sense/],
    [
      'answers too much',
      ({ response }) => response.end(' '.repeat(6 * 1024 * 1024 + 1)),
      /^it answered with 6291457 bytes/,
    ],
    [
      'invents a cause',
      ({ returns }) =>
        returns({
          sighted: true,
          crossings: [],
          refused: [],
          sights: { 'i-0': { ...SIGHT, tcp: { answer: 'wrong', cause: 'magic', detail: '' } } },
        }),
      /^its answer makes no sense/,
    ],
    [
      'says why it saw nothing',
      ({ returns }) => returns({ failed: 'its fleets have no shop' }),
      /^its fleets have no shop$/,
    ],
  ])('that %s gives a failed round', async (_, onInvoke, expected) => {
    expect(await looks(onInvoke)).toEqual({
      observer: 'probe-a',
      failed: expect.stringMatching(expected),
    });
  });

  it('is not waited for when the tick is over', async () => {
    const tick = new AbortController();
    const round = await looks(() => tick.abort(), requestOf(1), tick.signal);
    expect(round).toEqual({
      observer: 'probe-a',
      failed: expect.stringMatching(/no answer in time/),
    });
  });

  it('that hangs is given up by a deadline of its own, at the first call and at later ones', async () => {
    endpoint = await lambdaEndpoint(() => undefined);
    const observer = lambdaObserver('probe-a', endpoint.client);
    const request = requestOf(1, { probeDeadlineMs: 100 });
    for (const _ of ['cold', 'warm']) {
      const round = await observer.look(request, new AbortController().signal);
      expect(round).toMatchObject({ failed: expect.stringMatching(/no answer in time/) });
    }
  });
});

describe('a fleet of 120 nodes', () => {
  it('is asked for in slices of at most 50', async () => {
    const round = await looks(seesAll, requestOf(120));
    const sizes = endpoint?.invocations.map(({ request }) => request.nodes.length) ?? [];
    expect(sizes.toSorted((a, b) => a - b)).toEqual([20, 50, 50]);
    expect(round).toEqual(saw(sightsOf(requestOf(120))));
  });

  it('keeps what other slices saw when one fails or cannot see', async () => {
    const round = await looks((invocation) => {
      const { request, response, returns } = invocation;
      if (request.nodes[0]?.instanceId === 'i-0') seesAll(invocation);
      else if (request.nodes[0]?.instanceId === 'i-50') response.destroy();
      else returns({ sighted: false, sights: sightsOf(request), crossings: [], refused: [] });
    }, requestOf(120));
    expect(round).toEqual(saw(sightsOf(requestOf(50))));
  });

  it('is not seen when no slice can see', async () => {
    const round = await looks(
      ({ returns, request }) =>
        returns({ sighted: false, sights: sightsOf(request), crossings: [], refused: [] }),
      requestOf(120),
    );
    expect(round).toMatchObject({ observer: 'probe-a', sighted: false });
  });
});
