import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askCanary } from '../../src/adapters/hazelcast/canary.ts';
import { createOpenQuestions } from '../../src/adapters/hazelcast/client/open-questions.ts';
import { askCrossing } from '../../src/adapters/hazelcast/crossings.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { Member, REPLY } from './answering-member.ts';

const DEADLINE_MS = 500;
const NODE = { instanceId: 'i-1', address: '10.0.0.1' };

let member: Member;
let questions: ReturnType<typeof createOpenQuestions>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
  member = new Member();
  questions = createOpenQuestions(member, () => performance.now());
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a peer witness', () => {
  const PEER = { instanceId: 'i-9', address: '10.0.0.9' };
  const cross = async (): Promise<string> => {
    const limits = { turn: 1, deadlineMs: DEADLINE_MS };
    const told = askCrossing(questions, { via: PEER, to: NODE }, limits);
    await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
    const { via, to, answer } = await told;
    expect([via, to]).toEqual(['i-9', 'i-1']);
    return answer;
  };

  it('is asked through the peer for a key of the other', async () => {
    expect(await cross()).toBe('ok');
    expect(member.asked[0]).toMatchObject({ address: PEER.address, owner: NODE.address });
  });

  it('is silent as long as nothing comes back, and is not asked again meanwhile', async () => {
    member.answers = 'holds';
    expect(await cross()).toBe('silent');
    expect(await cross()).toBe('silent');
    expect(member.asked).toHaveLength(1);
    member.release(REPLY);
    expect(await cross()).toBe('ok');
  });

  it('that could not be asked says nothing', async () => {
    member.connects = false;
    expect(await cross()).toBe('none');
    member.connects = true;
    member.owned = [];
    expect(await cross()).toBe('none');
  });

  it('is no canary of either of them', async () => {
    member.answers = 'holds';
    await cross();
    member.answers = REPLY;
    const bounds = { deadlineMs: DEADLINE_MS, isAnswering: true, isSilent: false };
    expect(await askCanary(questions, NODE, NO_QUESTIONS, bounds)).toMatchObject({ answer: 'ok' });
  });
});
