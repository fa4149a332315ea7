/** The lines of Hazelcast that the adapter is tested with: the last release of each, and how it is set up. */
import type { HazelcastLine } from '../../src/config/fleet.ts';

export interface Release {
  readonly version: string;
  readonly line: HazelcastLine;
  /** Folder in `java`: how partition threads are blocked in its API. */
  readonly stick: string;
  /** Its configuration, one member of several. */
  readonly config: (own: string, all: readonly string[]) => string;
}

export const CLUSTER = 'versions';
export const PORT = 5701;

const PROPERTIES = `
    <property name="hazelcast.logging.type">jdk</property>
    <property name="hazelcast.phone.home.enabled">false</property>
    <property name="hazelcast.version.check.enabled">false</property>
    <property name="hazelcast.wait.seconds.before.join">0</property>
    <property name="hazelcast.socket.bind.any">false</property>`;

const before4 =
  (network: string) =>
  (own: string, all: readonly string[]): string =>
    `
<hazelcast xmlns="http://www.hazelcast.com/schema/config">
  <group><name>${CLUSTER}</name><password>secret</password></group>
  <properties>${PROPERTIES}
  </properties>
  <network>
    <port auto-increment="false">${PORT}</port>
    <join>
      <multicast enabled="false"/>
      <tcp-ip enabled="true">${all.map((address) => `<interface>${address}</interface>`).join('')}</tcp-ip>
    </join>
    <interfaces enabled="false"><interface>${own}</interface></interfaces>
    ${network}
  </network>
</hazelcast>
`;

const since4 = (_own: string, all: readonly string[]): string => `
<hazelcast xmlns="http://www.hazelcast.com/schema/config">
  <cluster-name>${CLUSTER}</cluster-name>
  <properties>${PROPERTIES}
  </properties>
  <network>
    <port auto-increment="false">${PORT}</port>
    <join>
      <auto-detection enabled="false"/>
      <multicast enabled="false"/>
      <tcp-ip enabled="true">${all.map((address) => `<member>${address}</member>`).join('')}</tcp-ip>
    </join>
    <rest-api enabled="true"/>
  </network>
</hazelcast>
`;

const REST = '<rest-api enabled="true"><endpoint-group name="DATA" enabled="true"/></rest-api>';

export const RELEASES: readonly Release[] = [
  { version: '2.6.10', line: '2.x', stick: 'suspend-2', config: before4('') },
  { version: '3.12.13', line: '3.x', stick: 'processor-3', config: before4(REST) },
  { version: '4.2.8', line: '4.x', stick: 'processor-4', config: since4 },
  { version: '5.0.5', line: '5.x', stick: 'processor-4', config: since4 },
  { version: '5.7.0', line: '5.x', stick: 'processor-4', config: since4 },
];
