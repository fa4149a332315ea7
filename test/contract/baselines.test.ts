/** What teams have today, as far as it is ours: the function that detaches, on the wire, and the load balancer's questions. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Template } from '../../lab/cloud/intrinsics.ts';
import { createWorld, GROUP } from '../../lab/cloud/world.ts';
import { WATCHES } from '../../lab/controllers.ts';
import { bundleDetach } from '../../lab/packages.ts';
import { TEMPLATE } from '../../lab/paths.ts';
import { type Bench, skipWithoutMoto, startBench, until } from './cloud-bench.ts';

const FUNCTION = 'detach-on-schedule';

describe.skipIf(skipWithoutMoto)('a baseline', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench();
  });
  afterEach(async () => await bench.stop());

  /** Ids of what is in service, once it is as many. */
  const inService = async (count: number): Promise<readonly string[]> =>
    await until(async () => {
      const members = [...(bench.scaling.groups.get(GROUP)?.members.values() ?? [])];
      const ids = members
        .filter(({ lifecycle }) => lifecycle === 'InService')
        .map(({ instanceId }) => instanceId);
      return ids.length === count && ids;
    });
  const deployDetach = async (): Promise<void> => {
    const codeDirectory = await bundleDetach();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
    const template = JSON.parse(await readFile(join(codeDirectory, TEMPLATE), 'utf8')) as Template;
    bench.schedules.setPaused(true);
    await bench.deployTemplate(template, { codeDirectory, usesNamespaces: false });
    bench.schedules.setPaused(false);
  };
  const detached = (): readonly string[] =>
    bench.journal
      .find({ who: FUNCTION, action: 'DetachInstances' })
      .map(({ parameters }) => parameters);

  it('detaches one of several unhealthy instances, which runs on, and gets another in its place', async () => {
    await createWorld(bench.clients, WATCHES.detach.world);
    const [first = '', second = '', third = ''] = await inService(3);
    await deployDetach();
    for (const id of [first, second]) {
      bench.balancer.states.set(id, { state: 'unhealthy', reason: 'Target.Timeout' });
    }
    bench.schedules.fire('detach');
    await until(async () => detached().length === 1);
    await until(async () => bench.instances.all().length === 4);
    const left = await inService(3);
    expect(left).toEqual(expect.arrayContaining([second, third]));
    expect(left).not.toContain(first);
    expect(bench.hypervisor.isOn(first)).toBe(true);
    expect(bench.rights.used()).toEqual(bench.rights.granted());
  });

  it('detaches nobody while all are healthy', async () => {
    await createWorld(bench.clients, WATCHES.detach.world);
    await inService(3);
    await deployDetach();
    bench.schedules.fire('detach');
    const { invocations } = bench.lambda.find(FUNCTION);
    await until(async () => invocations.length === 1);
    expect(invocations[0]).toMatchObject({ payload: '[]', functionError: null });
    expect(detached()).toEqual([]);
  });

  it("asks Hazelcast's own health on the member's port, and Auto Scaling believes the answer", async () => {
    await createWorld(bench.clients, WATCHES['aws-only-deep'].world);
    await inService(3);
    const [targets] = bench.balancer.spec.targetGroups;
    expect(targets?.healthCheck).toMatchObject({ port: 5701, path: '/hazelcast/health' });
    expect(targets?.targets.map(({ port }) => port)).toEqual([8080, 8080, 8080]);
    const described = await bench.clients.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({}),
    );
    expect(described.AutoScalingGroups?.[0]).toMatchObject({
      HealthCheckType: 'ELB',
      HealthCheckGracePeriod: 60,
    });
  });
});
