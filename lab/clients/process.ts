/** The users' own process: real HTTP clients outside the VPC. */
import { setTimeout as sleep } from 'node:timers/promises';
import { followParent } from '../child.ts';
import { type BackOff, createBackOff } from './back-off.ts';
import type { Call, Census } from './call.ts';
import { type Load, startLoad } from './load.ts';
import type { ClientsProtocol } from './messages.ts';
import { randomFrom } from './random.ts';
import { User } from './user.ts';

const FLUSH_EVERY_MS = 200;
const RETRY_AFTER_MS = 100;

let pending: Call[] = [];
let load: Load | null = null;

const parent = followParent<ClientsProtocol>((message) => {
  if (message.order === 'logIn') void logIn(message.patienceMs);
  if (message.order === 'begin') load = startLoad(users, perSecond, mix, randomFrom(seed));
  if (message.order === 'finish') void finish(message.patienceMs);
});
const { perSecond, mix, seed, to, timeoutMs } = parent.argument;
const backOffOf = (user: number): BackOff | null =>
  parent.argument.backsOff ? createBackOff(randomFrom(seed + user)) : null;
const record = (call: Call): void => void pending.push(call);
const users = Array.from(
  { length: parent.argument.users },
  (_, user) => new User({ user, to, timeoutMs, record, backOff: backOffOf(user) }),
);

const flush = (): void => {
  if (pending.length > 0) parent.tell({ calls: pending });
  pending = [];
};

const logIn = async (patienceMs: number): Promise<void> => {
  const untilMs = Date.now() + patienceMs;
  const logInOne = async (user: User): Promise<void> => {
    await user.login();
    while (user.turn === 'login' && Date.now() < untilMs) {
      await sleep(RETRY_AFTER_MS);
      await user.login();
    }
  };
  await Promise.all(users.map(logInOne));
  flush();
  parent.tell({ loggedIn: users.filter((user) => user.turn === 'use').length });
};

/** The census reads are no part of the load, so they are not told as calls. */
const finish = async (patienceMs: number): Promise<void> => {
  await load?.stop();
  flush();
  const untilMs = Date.now() + patienceMs;
  const answers = await Promise.all(
    users.map(async (user) => ({ user, answer: await user.census(untilMs) })),
  );
  pending = [];
  const stillOpen = answers.flatMap(({ user, answer }) =>
    user.sessions
      .filter((session) => session.end === null)
      .map((session) => ({ id: session.id, answer })),
  );
  const census: Census = {
    atMs: Date.now(),
    sessions: users.flatMap((user) => user.sessions),
    unreachable: stillOpen.filter(({ answer }) => answer === null).map(({ id }) => id),
    servedBy: Object.fromEntries(
      stillOpen.flatMap(({ id, answer }) => (answer === null ? [] : [[id, answer.servedBy]])),
    ),
  };
  parent.tell({ census });
};

setInterval(flush, FLUSH_EVERY_MS);
parent.ready();
