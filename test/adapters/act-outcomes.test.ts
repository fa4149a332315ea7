import { describe, expect, it, vi } from 'vitest';
import { createActuator } from '../../src/adapters/aws/actuator.ts';
import { createClients } from '../../src/adapters/aws/clients.ts';
import type { Act } from '../../src/core/acts.ts';
import { useWire } from './use-wire.ts';
import { FLEET, KILL, SETTINGS, willingAnswers } from './wire-fleet.ts';
import { ec2Error, htmlError, jsonError, type WireAnswer, xmlError } from './wire-server.ts';

const { clients, inputsOf, answer, wire } = useWire(willingAnswers);

let ticks = 0;
const clock = { nowMs: () => ++ticks, sleep: async () => {} };
const actuator = () =>
  createActuator({ fleet: FLEET, settings: SETTINGS, clients: clients(), clock });
const { target } = KILL;
const perform = async (act: Act) =>
  await actuator().perform(act, 'blue', AbortSignal.timeout(10_000));

describe('every mutating call', () => {
  const acts: Readonly<Record<string, Act>> = {
    SendCommand: KILL,
    TerminateInstanceInAutoScalingGroup: { kind: 'replace', shrink: false, target },
    EnterStandby: { kind: 'enterStandby', target },
    ExitStandby: { kind: 'exitStandby', target },
    SetDesiredCapacity: { kind: 'resize', target, desired: 3 },
    TerminateInstances: { kind: 'terminate', target },
    DeregisterTargets: { kind: 'deregister', target },
    RegisterTargets: { kind: 'register', target },
  };
  const errorOf = (action: string) => {
    if (action === 'SendCommand') return jsonError;
    return action === 'TerminateInstances' ? ec2Error : xmlError;
  };

  describe.each(Object.entries(acts))('%s', (action, act) => {
    it.each<[string, WireAnswer, string]>([
      ['throttled', errorOf(action)('ThrottlingException', 'Rate exceeded'), 'deferred'],
      [
        'throttled with status 503',
        errorOf(action)('RequestLimitExceeded', 'slow down', 503),
        'deferred',
      ],
      ['denied', errorOf(action)('AccessDeniedException', 'not authorized', 403), 'failed'],
      ['a server error', errorOf(action)('InternalFailure', 'oops', 500), 'unknown'],
      ['an HTML page', htmlError, 'unknown'],
      ['a lost reply', 'loseReply', 'unknown'],
    ])('%s', async (_, reply, outcome) => {
      answer({ [action]: reply });
      const told = await perform(act);
      expect(told).toMatchObject({ kind: act.kind, outcome, commandId: null });
      expect(told.detail).not.toBe('');
      expect(told.finishedAtMs).toBeGreaterThan(told.startedAtMs);
      expect(inputsOf(action)).toHaveLength(1);
    });

    it('unknown when nothing is answered until the lease is about to end', async () => {
      answer({ [action]: 'silent' });
      expect(await actuator().perform(act, 'blue', AbortSignal.timeout(1_000))).toMatchObject({
        outcome: 'unknown',
      });
      expect(inputsOf(action)).toHaveLength(1);
    });

    it('not sent when the lease is about to end', async () => {
      const told = await actuator().perform(act, 'blue', AbortSignal.abort());
      expect(told).toMatchObject({ outcome: 'deferred' });
      expect(inputsOf(action)).toEqual([]);
    });
  });

  it('says that nothing happened when nobody listens', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    const unplugged = createClients();
    const other = createActuator({ fleet: FLEET, settings: SETTINGS, clients: unplugged, clock });
    const told = await other.perform(KILL, 'blue', AbortSignal.timeout(5_000));
    vi.stubEnv('AWS_ENDPOINT_URL', wire().endpoint);
    unplugged.destroy();
    expect(told).toMatchObject({
      outcome: 'deferred',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
