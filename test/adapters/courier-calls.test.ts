/** How the controller speaks with a courier: it starts one, reads its word, and says up to which job it shall end. */
import { afterEach, describe, expect, it } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import { createMoveReader } from '../../src/adapters/aws/move-reader.ts';
import type { MoveAct } from '../../src/core/acts.ts';
import type { CourierWord } from '../../src/core/sides.ts';
import { readCourierRequest } from '../../src/courier/event.ts';
import { type LambdaEndpoint, lambdaEndpoint, refuse } from './lambda-endpoint.ts';
import { useWire } from './use-wire.ts';
import { SETTINGS } from './wire-fleet.ts';
import { json, jsonError, type WireAnswer } from './wire-server.ts';
import { sideAnswers, TWO_SIDES } from './wire-sides.ts';

const { clients, inputsOf, answer } = useWire(() => ({
  ...sideAnswers(),
  GetItem: json({}),
  UpdateItem: json({}),
}));
const clock = { nowMs: () => 1, sleep: async () => {} };
const settings = { ...SETTINGS, courier: 'quorate-courier' };

let endpoint: LambdaEndpoint | null = null;
afterEach(async () => {
  await endpoint?.stop();
  endpoint = null;
});

const perform = async (act: MoveAct, given = settings) => {
  const known = clients();
  const once = { ...known.once, ...(endpoint === null ? {} : { lambda: endpoint.client }) };
  const parts = { fleet: TWO_SIDES, settings: given, clients: { ...known, once }, clock };
  return await createActuator(parts).perform(act, 'blue', AbortSignal.timeout(2_000));
};

describe('carry', () => {
  const OLD = { instanceId: 'i-1', address: '10.0.0.1' };
  const NEW = { instanceId: 'i-9', address: '10.0.0.9' };
  const act: MoveAct = { kind: 'carry', side: 'green', job: 7, from: [OLD], to: [NEW], undoes: 6 };

  it('starts a courier, which is told from whom to whom', async () => {
    endpoint = await lambdaEndpoint(({ response }) => response.writeHead(202).end());
    expect(await perform(act)).toMatchObject({ kind: 'carry', outcome: 'done' });
    expect(endpoint.invocations).toMatchObject([
      {
        functionName: 'quorate-courier',
        request: {
          fleet: 'shop',
          job: 7,
          from: { side: 'blue', nodes: [OLD] },
          to: { side: 'green', nodes: [NEW] },
          undoes: 6,
        },
      },
    ]);
  });

  it('is asked again when no courier is free', async () => {
    endpoint = await lambdaEndpoint(({ response }) =>
      refuse(response, 429, 'TooManyRequestsException'),
    );
    expect(await perform(act)).toMatchObject({ outcome: 'deferred' });
  });

  it('has failed where none is deployed', async () => {
    expect(await perform(act, SETTINGS)).toMatchObject({ outcome: 'failed' });
  });
});

describe('the vault', () => {
  const NODE = { instanceId: 'i-9', address: '10.0.0.9' };

  it.each<[MoveAct, object]>([
    [
      { kind: 'keep', side: 'blue', nodes: [NODE] },
      { fleet: 'shop', keep: { side: 'blue', nodes: [NODE] } },
    ],
    [
      { kind: 'restore', side: 'green', job: 7, to: [NODE] },
      { fleet: 'shop', job: 7, restore: { side: 'green', nodes: [NODE] } },
    ],
  ])('asks the courier: %j', async (act, request) => {
    endpoint = await lambdaEndpoint(({ response }) => response.writeHead(202).end());
    expect(await perform(act)).toMatchObject({ kind: act.kind, outcome: 'done' });
    expect(endpoint.invocations).toEqual([
      expect.objectContaining({ functionName: 'quorate-courier', request }),
    ]);
    expect(readCourierRequest(request)).toEqual({ ok: true, value: request });
  });

  it('is told by a row of its own', async () => {
    const reader = createMoveReader({ fleet: TWO_SIDES, settings, clients: clients() });
    const word = { takenAtMs: 5, entries: 3, bytes: 900, tookMs: 40, error: null };
    answer({ GetItem: json({ Item: { word: { S: JSON.stringify(word) } } }) });
    expect(await reader?.vault(AbortSignal.timeout(2_000))).toEqual({ ok: true, value: word });
    expect(inputsOf('GetItem')).toMatchObject([{ Key: { pk: { S: 'courier#shop#vault' } } }]);
    answer({ GetItem: json({ Item: { word: { S: '{' } } }) });
    expect(await reader?.vault(AbortSignal.timeout(2_000))).toMatchObject({ ok: false });
  });
});

describe('endCarry', () => {
  const act: MoveAct = { kind: 'endCarry', side: 'green', job: 7 };

  it("writes into the courier's own item, and never back to an earlier job", async () => {
    expect(await perform(act)).toMatchObject({ outcome: 'done' });
    expect(inputsOf('UpdateItem')).toMatchObject([
      {
        TableName: 'quorate',
        Key: { pk: { S: 'courier#shop' } },
        ConditionExpression: 'attribute_not_exists(#endJob) OR #endJob < :job',
        UpdateExpression: 'SET #endJob = :job',
        ExpressionAttributeValues: { ':job': { N: '7' } },
      },
    ]);
  });

  it.each<[string, WireAnswer, string]>([
    ['said already', jsonError('ConditionalCheckFailedException', 'no'), 'done'],
    ['a throttled write', jsonError('ThrottlingException', 'slow down'), 'deferred'],
    ['a lost reply', 'loseReply', 'unknown'],
  ])('%s', async (_, reply, outcome) => {
    answer({ UpdateItem: reply });
    expect(await perform(act)).toMatchObject({ outcome });
  });
});

describe('the word of the courier', () => {
  const WORD: CourierWord = {
    job: 7,
    beat: 12,
    phase: 'level',
    passes: 1,
    lagMs: 300,
    moved: 1_000,
    expired: 3,
    unreachable: 0,
    conflicts: 1,
    detail: 'keeps both sides level',
  };
  const read = async (sessions = TWO_SIDES.sessions) => {
    const fleet = { ...TWO_SIDES, sessions };
    const reader = createMoveReader({ fleet, settings, clients: clients() });
    return await reader?.courier(AbortSignal.timeout(10_000));
  };
  const said = (text: string): WireAnswer => json({ Item: { word: { S: text } } });

  it('is what stands in its item', async () => {
    answer({ GetItem: said(JSON.stringify(WORD)) });
    expect(await read()).toEqual({ ok: true, value: WORD });
    expect(inputsOf('GetItem')).toMatchObject([
      { TableName: 'quorate', Key: { pk: { S: 'courier#shop' } }, ConsistentRead: true },
    ]);
  });

  it.each<[string, WireAnswer]>([
    ['no item', json({})],
    ['an item without a word', json({ Item: { endJob: { N: '7' } } })],
  ])('is nothing with %s', async (_, reply) => {
    answer({ GetItem: reply });
    expect(await read()).toEqual({ ok: true, value: null });
  });

  it.each<[string, WireAnswer]>([
    ['half a word', said('{"job":7')],
    ['another word', said(JSON.stringify({ ...WORD, phase: 'dancing' }))],
    ['a denied call', jsonError('AccessDeniedException', 'no')],
    ['a lost reply', 'loseReply'],
  ])('is not known with %s', async (_, reply) => {
    answer({ GetItem: reply });
    expect(await read()).toMatchObject({ ok: false });
  });

  it('is asked of nobody where there is nothing to carry', async () => {
    expect(await read(null)).toEqual({ ok: true, value: null });
    expect(inputsOf('GetItem')).toEqual([]);
  });
});
