/** How the checks look at hosts from the router, with deadlines. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PLAN } from '../parts.ts';

const ASK_DEADLINE_MS = 1_000;
const POLL_MS = 100;

/** Addresses that a member lists, the oldest (the master) first; `null` when it does not answer. */
export const listedByAge = async (address: string): Promise<readonly string[] | null> => {
  try {
    const url = `http://${address}:${PLAN.memberPort}/hazelcast/rest/cluster`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_DEADLINE_MS) });
    // {"members":[{"address":"[10.77.1.4]:5701",...
    const found = (await answer.text()).matchAll(/"address":"\[([^\]]+)\]/g);
    return [...found].map(([, listedAddress = '']) => listedAddress);
  } catch {
    return null;
  }
};

/** The same in the order of addresses. */
export const listed = async (address: string): Promise<readonly string[] | null> =>
  (await listedByAge(address))?.toSorted() ?? null;

/** Asks until the answer is the wanted one. @returns the last answer, wanted or not */
export const until = async <T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  deadlineMs: number,
): Promise<T> => {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer) || Date.now() >= endMs) return answer;
    await sleep(POLL_MS);
  }
};
