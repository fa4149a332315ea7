import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../lab/cloud/journal.ts';
import { skipWithoutMoto, until } from './cloud-bench.ts';
import { type Ladder, POLICY, startLadder, type Watch } from './ladder-bench.ts';

const STEPS = ['DeregisterTargets', 'SendCommand', 'TerminateInstanceInAutoScalingGroup'];

describe.skipIf(skipWithoutMoto)('an eviction on the real wire', () => {
  let ladder: Ladder;
  let watch: Watch;

  beforeAll(async () => {
    ladder = await startLadder();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(watch.sentences.join('\n'), watch.commands());
    await watch?.end();
  });
  afterAll(async () => await ladder?.close());

  const begin = async (...change: Parameters<Ladder['watch']>): Promise<void> => {
    watch = await ladder.watch(...change);
    await watch.untilSaid(/^Quorate: 3 of 3/);
  };
  /** The second oldest: not the master. @returns its id */
  const hang = (): string => {
    const address = ladder.hosts.members()[1];
    const id = ladder.instances.all().findLast((each) => each.address === address)?.id ?? '?';
    ladder.hosts.signal(id, 'SIGSTOP');
    return id;
  };
  /** Terminated, and a newcomer works and serves in its place. */
  const replaced = async (id: string): Promise<void> => {
    await until(async () => ladder.instances.find(id)?.state === 'terminated');
    await ladder.whole();
  };
  const succeeded = (action: string): number =>
    watch.calls(action).filter(({ status }) => status === 200).length;
  const kills = (): readonly string[] =>
    watch.commands().map(({ stdout }) => stdout.trim().split('\n').at(-1) ?? '');
  const hitBy =
    (fault: string) =>
    (call: JournalEntry): boolean =>
      call.fault === fault;

  it('takes each step once when nothing else goes wrong', async () => {
    await begin();
    await replaced(hang());
    for (const step of STEPS) expect([step, watch.calls(step).length]).toEqual([step, 1]);
    expect(kills()).toEqual([expect.stringMatching(/^killed pid .* fence 1$/)]);
    expect(watch.newcomers()).toBe(1);
  });

  it('kills once and replaces once though the first answer of every call is lost', async () => {
    await begin();
    const all = [
      ...STEPS,
      'GetItem',
      'UpdateItem',
      'DescribeAutoScalingGroups',
      'DescribeInstances',
      'DescribeTargetHealth',
      'DescribeInstanceInformation',
      'ListCommandInvocations',
      'PutEvents',
      'PutMetricData',
    ];
    for (const action of all) ladder.faults.add({ kind: 'lost-reply', action, count: 1 });
    await replaced(hang());
    for (const step of STEPS) {
      expect([step, watch.calls(step).filter(hitBy('lost-reply')).length]).toEqual([step, 1]);
    }
    expect(kills().filter((line) => line.startsWith('killed pid'))).toHaveLength(1);
    expect(watch.newcomers()).toBe(1);
  });

  it('asks again, and acts once, when every call is throttled at first', async () => {
    // A kill is asked for again for as long as it was given at first: on a busy machine a tick with refusals takes 2 s.
    await begin({ policy: { ...POLICY, killDeadlineMs: 10_000 } });
    for (const action of STEPS) ladder.faults.add({ kind: 'throttle', action, count: 2 });
    for (const action of [
      'DescribeAutoScalingGroups',
      'DescribeInstances',
      'DescribeTargetHealth',
      'ListCommandInvocations',
      'UpdateItem',
      'GetItem',
    ]) {
      ladder.faults.add({ kind: 'throttle', action, count: 1 });
    }
    await replaced(hang());
    for (const step of STEPS) expect([step, succeeded(step)]).toEqual([step, 1]);
    expect(watch.sentences.join('\n')).toMatch(/kill deferred \(ssm:SendCommand was throttled/);
    expect(watch.newcomers()).toBe(1);
  });

  it('goes on to replace when the host has no SSM agent, and says why', async () => {
    await begin();
    for (const { id } of ladder.instances.all()) ladder.hosts.withoutAgent.add(id);
    await replaced(hang());
    ladder.hosts.withoutAgent.clear();
    expect(watch.commands()).toEqual([]);
    expect(watch.sentences.join('\n')).toMatch(/kill failed \(.*InvalidInstanceId/);
    expect(watch.newcomers()).toBe(1);
  });

  it('replaces a member that recovered while the order to kill was stuck, whose host then refuses the order', async () => {
    // Out of patience, and its host is still there when the order arrives.
    await begin({ policy: { ...POLICY, killDeadlineMs: 400 } });
    const id = hang();
    const letGo = ladder.hosts.holdPower();
    const release = ladder.ssm.hold(id);
    await until(async () => watch.commands().length > 0);
    ladder.hosts.signal(id, 'SIGCONT');
    await until(async () => watch.calls('TerminateInstanceInAutoScalingGroup').length > 0);
    release();
    await until(async () => kills().every((said) => said !== ''));
    letGo();
    await replaced(id);
    expect(kills()).toEqual([expect.stringMatching(/^refused: late by \d+ s$/)]);
    expect(watch.sentences.join('\n')).toMatch(
      /the core lists it still, and the kill gave no proof .* replace done/,
    );
    expect(watch.newcomers()).toBe(1);
  });

  it('evicts once though controllers are started all the time', async () => {
    await begin();
    const id = hang();
    const more = setInterval(() => watch.start(), 500);
    await replaced(id).finally(() => clearInterval(more));
    expect(watch.controllers.length).toBeGreaterThan(1);
    for (const step of STEPS) expect([step, watch.calls(step).length]).toEqual([step, 1]);
    expect(watch.newcomers()).toBe(1);
  });

  it('takes up what a controller committed that died before its first act', async () => {
    await begin();
    const dying = watch.controllers[0];
    const onHit = (): void => void dying?.kill('SIGKILL');
    ladder.faults.add({ kind: 'error', action: 'DeregisterTargets', count: 1, onHit });
    const id = hang();
    await until(async () => dying?.signalCode === 'SIGKILL');
    watch.start();
    await replaced(id);
    expect(watch.sentences.join('\n')).toContain('evict, taken up again');
    for (const step of STEPS) expect([step, succeeded(step)]).toEqual([step, 1]);
    expect(kills()).toEqual([expect.stringMatching(/^killed pid .* fence 1$/)]);
    expect(watch.newcomers()).toBe(1);
  });

  it('leaves a member alone that freezes for less than the tolerance', async () => {
    await begin();
    const id = hang();
    await watch.untilSaid(/does not answer for .* more are tolerated/);
    await sleep(500);
    ladder.hosts.signal(id, 'SIGCONT');
    const before = watch.sentences.length;
    await until(async () => watch.sentences.length > before + 5);
    expect(watch.sentences.at(-1)).toMatch(/^Quorate: 3 of 3 .* watching\.$/);
    for (const step of STEPS) expect([step, watch.calls(step)]).toEqual([step, []]);
  });

  it('does nothing to a group without its tag, and says what is missing', async () => {
    await begin({ name: 'other' });
    await watch.untilSaid(/^Quorate: 3 of 3 .* watching, but the group does not carry the tag/);
    const id = hang();
    const said = await watch.untilSaid(/holding still/);
    ladder.hosts.signal(id, 'SIGCONT');
    expect(said).toMatch(/I11: the group does not carry the tag/);
    for (const step of STEPS) expect([step, watch.calls(step)]).toEqual([step, []]);
  });

  it('does nothing for a group that does not exist, and names it and the remedy', async () => {
    watch = await ladder.watch({ group: 'api-serverz' });
    const said = await watch.untilSaid(/api-serverz/);
    expect(said).toMatch(
      /there is no Auto Scaling group "api-serverz" in this account and region: correct `group` of fleet "api"/,
    );
    for (const step of STEPS) expect([step, watch.calls(step)]).toEqual([step, []]);
  });
});
