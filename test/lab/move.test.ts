/** Two sides with real members behind one listener: what a move does. What wrong discovery makes of it, scenarios show. */
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MoveResult } from '../../lab/checks/move.ts';
import { enter } from '../../lab/enter.ts';
import { PATHS } from '../../lab/paths.ts';
import { prepare } from '../../lab/prepare.ts';
import { missingTools } from '../../lab/tools.ts';

const move = async (): Promise<MoveResult> => {
  await prepare();
  await mkdir(PATHS.logs, { recursive: true });
  const logs = await mkdtemp(join(PATHS.logs, 'check-move-'));
  const result = join(logs, 'result.json');
  const exitCode = await enter(join(PATHS.lab, 'checks/move.ts'), [logs, result]);
  if (exitCode !== 0) throw new Error(`the check ended with ${exitCode}; see ${logs}`);
  return JSON.parse(await readFile(result, 'utf8')) as MoveResult;
};

describe.skipIf(missingTools().length > 0)('a move by hand', () => {
  let found: MoveResult;
  beforeAll(async () => {
    found = await move();
  }, 600_000);

  it('goes to members that see each other and nobody else', () => {
    const { newAddresses, newLists } = found;
    expect(newAddresses).toHaveLength(3);
    expect(Object.values(newLists)).toEqual([newAddresses, newAddresses, newAddresses]);
  });

  it('is looked at before by those who know the header', () => {
    expect(found.oldAddresses).toContain(found.servedBefore.users);
    expect(found.newAddresses).toContain(found.servedBefore.preview);
  });

  it('takes all users at once, and nobody back', () => {
    expect(found.flips).toBe(1);
    expect(found.leftovers).toEqual([]);
    expect(found.cluster).toHaveLength(3);
  });

  it('logs everybody out, because nobody carried the sessions, who were all there', () => {
    const { sessions, census } = found;
    expect(sessions.open).toBe(60);
    expect(sessions.held).toBe(60);
    const ends = census.sessions.map(({ end }) => end?.how ?? 'open');
    expect(ends.filter((how) => how === 'forced').length).toBeGreaterThanOrEqual(50);
    // One log-out a user, and not one for each of its calls: they rest, and log in again once.
    expect(ends.filter((how) => how === 'forced').length).toBeLessThanOrEqual(60);
    expect(census.sessions.filter(({ end }) => end?.resurrected)).toEqual([]);
  });

  it('leaves functions in the VPC a way to DynamoDB, and to no other service', () => {
    expect(found.fromVpc.dynamodb).toBe(400);
    expect(found.fromVpc.others).toBeNull();
  });
});
