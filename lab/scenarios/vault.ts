/** Everything is gone, and the sessions come back as they were a while ago: what the vault promises, and no more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Session } from '../clients/call.ts';
import { PLAN } from '../parts.ts';
import type { Stage } from '../stage/stage.ts';
import { totalLoss } from './quorum.ts';
import type { Played, Scenario } from './scenario.ts';
import { moved } from './sides.ts';

const TAKEN_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 500;
/** Users go on meanwhile: they log in and out, and what they do then is in no generation. */
const SINCE_MS = 8_000;

const generations = async ({ region }: Stage): Promise<readonly string[]> => {
  const command = new ListObjectsV2Command({ Bucket: PLAN.vault.bucket });
  const { Contents = [] } = await region.clients.s3.send(command);
  return Contents.flatMap(({ Key = '' }) => (Key.endsWith('/manifest.json') ? [Key] : []));
};

const untilTaken = async (stage: Stage): Promise<void> => {
  const untilMs = Date.now() + TAKEN_WITHIN_MS;
  while ((await generations(stage)).length === 0) {
    if (Date.now() > untilMs) throw new Error('no generation was taken in time');
    await sleep(LOOK_EVERY_MS);
  }
  await sleep(SINCE_MS);
};

interface Told {
  readonly restored: number;
  readonly ageS: number;
  readonly beganAtMs: number;
}

const TOLD =
  /the vault: (\d+) sessions restored, of (\d{4}-\d\d-\d\dT\d\d)(\d\d)(\d\d)(\d{3})Z-\w+, ([\d.]+) s old/;

/** What the controller said of it, the time of the generation by its name. */
const toldIn = (sentences: readonly string[]): Told | null => {
  const found = TOLD.exec(sentences.join('\n'));
  if (found === null) return null;
  const [, restored, hour = '', minute = '', second = '', ms = '', ageS] = found;
  const beganAtMs = Date.parse(`${hour}:${minute}:${second}.${ms}Z`);
  return { restored: Number(restored), ageS: Number(ageS), beganAtMs };
};

/** A log-in that was answered then may not have been in the map yet, on the clock of another process. */
const MARGIN_MS = 1_000;

const expected = (played: Played): readonly string[] => {
  const told = toldIn(played.sentences);
  if (told === null) return [...moved(played), 'nobody said what came back and how old it was'];
  const { faultAtMs, census } = played;
  const wasOpen = ({ openedMs, end }: Session): boolean =>
    openedMs < told.beganAtMs - MARGIN_MS && (end === null || end.atMs >= faultAtMs);
  const kept = census.sessions.filter(wasOpen);
  const lost = kept.filter(({ end }) => end?.how === 'forced');
  const back = census.sessions.filter(({ end }) => end?.resurrected === true);
  const wrongly = back.filter(({ end }) => (end?.atMs ?? 0) < told.beganAtMs - MARGIN_MS);
  const ageMs = told.ageS * 1_000;
  const wrong: readonly (readonly [boolean, string])[] = [
    [kept.length === 0, 'nobody had a session in the generation'],
    [lost.length > 0, `${lost.length} of ${kept.length} sessions in the generation were lost`],
    [told.restored < kept.length, `${told.restored} restored, of ${kept.length} that were open`],
    [wrongly.length > 0, `${wrongly.length} sessions came back that had ended before it`],
    [ageMs < faultAtMs - told.beganAtMs, `it was said to be ${told.ageS} s old, and was older`],
  ];
  return [...moved(played), ...wrong.filter(([isSo]) => isSo).map(([, words]) => words)];
};

export const totalLossVault: Scenario = {
  ...totalLoss,
  name: 'total-loss-vault',
  title: 'All members die, and a generation of their sessions is in the vault',
  story:
    'A generation of all sessions is kept outside of the cluster; users go on, log in and log out. Then all three processes ' +
    'die at the same moment. The new cluster gets the generation back: whoever had a session then goes on. Who logged in ' +
    'since then logs in again, and who logged out since then has a session once more: that is all it promises.',
  hasVault: true,
  bringsBack: true,
  prelude: untilTaken,
  expect: expected,
};
