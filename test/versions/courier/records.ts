/** Sessions as compact records with records inside, as an application writes them that knows their classes. */
import {
  Client,
  type CompactReader,
  type CompactSerializer,
  type CompactWriter,
} from 'hazelcast-client';
import type { Side } from '../../../src/adapters/hazelcast/courier/members.ts';

export class Device {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class Session {
  readonly user: string;
  readonly device: Device;
  constructor(user: string, device: Device) {
    this.user = user;
    this.device = device;
  }
}

class DeviceSerializer implements CompactSerializer<Device> {
  getClass = (): typeof Device => Device;
  getTypeName = (): string => 'device';
  read = (reader: CompactReader): Device => new Device(reader.readString('name') ?? '');
  write = (writer: CompactWriter, { name }: Device): void => writer.writeString('name', name);
}

class SessionSerializer implements CompactSerializer<Session> {
  getClass = (): typeof Session => Session;
  getTypeName = (): string => 'session';
  read = (reader: CompactReader): Session =>
    new Session(reader.readString('user') ?? '', reader.readCompact<Device>('device')!);
  write = (writer: CompactWriter, { user, device }: Session): void => {
    writer.writeString('user', user);
    writer.writeCompact('device', device);
  };
}

export const applicationOf = async ({ cluster, port, addresses }: Side): Promise<Client> =>
  await Client.newHazelcastClient({
    clusterName: cluster,
    network: { clusterMembers: addresses.map((address) => `${address}:${port}`) },
    serialization: {
      compact: { serializers: [new DeviceSerializer(), new SessionSerializer()] },
    },
    properties: { 'hazelcast.logging.level': 'OFF' },
  });
