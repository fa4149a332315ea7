/** What EC2 knows of new instances before their hosts boot: where they stand, whose they are, and what they are told. */
import {
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import type { Zone } from '../parts.ts';
import type { Clients } from './clients.ts';
import type { Instance } from './instance.ts';

/** Auto Scaling's own tag. */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** @throws when moto does not know one of them. */
export const readInstances = async (
  moto: Clients,
  ids: readonly string[],
): Promise<readonly Instance[]> => {
  const described = await moto.ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }));
  const found = (described.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
  const subnets = await moto.ec2.send(new DescribeSubnetsCommand({}));
  const zones = new Map(subnets.Subnets?.map((each) => [each.SubnetId, each.AvailabilityZone]));
  return await Promise.all(
    found.map(async (each): Promise<Instance> => {
      const id = each.InstanceId ?? '';
      return {
        id,
        subnetId: each.SubnetId ?? '',
        address: each.PrivateIpAddress ?? '',
        zone: zoneOf(zones.get(each.SubnetId) ?? each.Placement?.AvailabilityZone),
        group: each.Tags?.find(({ Key }) => Key === GROUP_TAG)?.Value ?? null,
        userData: await readUserData(moto, id),
        state: 'pending',
        runningSinceMs: null,
        powerLostAtMs: null,
        power: Promise.resolve(),
      };
    }),
  );
};

const readUserData = async (moto: Clients, InstanceId: string): Promise<string> => {
  const request = new DescribeInstanceAttributeCommand({ InstanceId, Attribute: 'userData' });
  const { UserData } = await moto.ec2.send(request);
  return Buffer.from(UserData?.Value ?? '', 'base64').toString();
};

/** `eu-central-1b` is zone `b`. */
const zoneOf = (availabilityZone: string | undefined): Zone => {
  const letter = availabilityZone?.at(-1);
  return letter === 'b' || letter === 'c' ? letter : 'a';
};
