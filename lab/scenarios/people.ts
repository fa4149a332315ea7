/** What people order, by the packaged function, and how they are answered. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FLEET } from '../cloud/world-balancing.ts';
import type { Stage } from '../stage/stage.ts';
import { functionOf } from './evidence.ts';

export interface Request {
  readonly kind: 'evict' | 'replace' | 'move' | 'failover' | 'abort' | 'pause' | 'resume';
  readonly instanceId?: string;
  readonly reason?: string;
  readonly untilMs?: number | null;
  /** The same again is the same order; a new one when absent. */
  readonly requestId?: string;
}

/** @returns the answer, as JSON. @throws when there is no such function, or two people are being answered already. */
export const command = async (stage: Stage, request: Request): Promise<string> => {
  const event = JSON.stringify({ fleet: FLEET, by: 'lab', requestId: randomUUID(), ...request });
  const { payload } = await stage.region.lambda.invoke(functionOf(stage, 'command'), event);
  return payload;
};

/** Each answer takes up to 25 s; a replacement in good order takes less than a minute. */
const ASKED_MAX = 6;
const ASK_AGAIN_MS = 500;

/** Asks at least twice with the same request id, and until it is no longer under way. */
export const commandUntilDone = async (stage: Stage, request: Request): Promise<void> => {
  const same = { requestId: randomUUID(), ...request };
  for (let asked = 1; asked <= ASKED_MAX; asked += 1) {
    const answer = await command(stage, same);
    if (asked > 1 && !UNDER_WAY.test(answer)) return;
    await sleep(ASK_AGAIN_MS);
  }
};

/** Begun, or not decided yet: a busy machine takes longer. */
export const UNDER_WAY = /"answer":"accepted"|"why":"unknown"/;
