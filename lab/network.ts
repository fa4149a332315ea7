/**
 * The lab's VPC, in network namespaces. The lab's root namespace plays the VPC's router: every interface
 * has a link of its own to it, and all traffic is routed there, between hosts of one subnet too. So it
 * behaves as a VPC does and an Ethernet switch does not: ARP is answered for every address, packets to
 * an address that nobody has vanish without a word, and what the router drops no host can see or undo.
 *
 * Reach: VPC interfaces reach each other and nothing else, but for those of functions, which reach DynamoDB and S3 through a
 * gateway endpoint; the controller reaches the AWS endpoint and nothing else; clients reach the balancer's public side. The root namespace may connect to hosts (that
 * is the lab looking at the truth), never the other way round.
 */
import { writeFile } from 'node:fs/promises';
import { mustRun } from './command.ts';
import { NAMESPACES, PLAN, ZONES, type Zone } from './parts.ts';

export interface Attachment {
  /** Name of the namespace; for a host its instance id. */
  readonly name: string;
  readonly zone: Zone;
  readonly address: string;
}

/** A host's link as the router sees it. */
export interface Link {
  /** The router's end; never used for another host again. */
  readonly interface: string;
  readonly address: string;
}

export interface Network {
  /** A namespace of this name with `eth0`, which has the address. @throws Error when it exists. */
  addHost(host: Attachment): Promise<void>;
  /** The address is free again. Idempotent; the namespace's processes should be gone. */
  removeHost(name: string): Promise<void>;
  /** Takes the router's end down, for good: not a packet leaves any more. Idempotent. */
  unplug(name: string): Promise<void>;
  /** Of a host, or of a prober. @throws Error when there is none of this name. */
  link(name: string): Link;
}

/** Chain of the router in which faults.ts drops packets. */
export const FAULT_CHAIN = 'faults';

/** Interfaces of the VPC start with this; 15 characters is the kernel's limit. */
const VPC = 'vpc-';

/**
 * Builds the lab's network around the caller, which must be inside the lab's namespaces and call it once.
 */
export const createNetwork = async (): Promise<Network> => {
  await becomeRouter();
  await joinBalancer();
  await joinController();
  return hosts(await joinProbers());
};

const joinProbers = async (): Promise<ReadonlyMap<string, Link>> => {
  const links = new Map<string, Link>();
  for (const zone of ['a', 'b'] as const) {
    const name = NAMESPACES.prober(zone);
    const link = { interface: `${VPC}prober-${zone}`, address: PLAN.prober(zone) };
    await attach({ name, zone, address: link.address }, link.interface);
    await ip([`route add ${PLAN.endpoint}/32 via ${PLAN.router(zone)}`], name);
    links.set(name, link);
  }
  return links;
};

/** Runs lines of `ip` in the router's or in another namespace. @throws Error at the first that fails. */
const ip = async (lines: readonly string[], namespace?: string): Promise<void> => {
  const where = namespace === undefined ? [] : ['-n', namespace];
  await mustRun('ip', [...where, '-batch', '-'], { input: `${lines.join('\n')}\n` });
};

const ROUTER_RULES = `
*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
:${FAULT_CHAIN} -
-A INPUT -i ${VPC}prober+ -p tcp --dport ${PLAN.dynamodbPort} -d ${PLAN.endpoint} -j ACCEPT
-A INPUT -i ${VPC}prober+ -p tcp --dport ${PLAN.s3Port} -d ${PLAN.endpoint} -j ACCEPT
-A INPUT -i ${VPC}+ -p tcp --syn -j DROP
-A INPUT -i ${VPC}+ -p udp -j DROP
-A FORWARD -j ${FAULT_CHAIN}
-A FORWARD -i ${VPC}+ -o ${VPC}+ -j ACCEPT
COMMIT
`;

const becomeRouter = async (): Promise<void> => {
  await setKernel('net/ipv4/ip_forward', '1');
  // For all interfaces that come: the router answers ARP for every address of the VPC.
  await setKernel('net/ipv4/conf/default/proxy_arp', '1');
  // A link-local IPv6 address would be a way round every rule here. Some kernels have no IPv6.
  await setKernel('net/ipv6/conf/default/disable_ipv6', '1').catch(() => {});
  await mustRun('iptables-restore', [], { input: ROUTER_RULES });
  // A bridge without ports holds each subnet's router address; what is routed to it goes nowhere.
  await ip(
    ZONES.flatMap((zone) => [
      `link add zone-${zone} type bridge`,
      `link set zone-${zone} arp off up`,
      `addr add ${PLAN.router(zone)}/24 dev zone-${zone}`,
    ]),
  );
};

const setKernel = (name: string, value: string): Promise<void> =>
  writeFile(`/proc/sys/${name}`, value);

/** The router's end of a link into a namespace, with the route to the one address behind it. */
const nearEnd = (near: string, namespace: string, far: string, address: string): string[] => [
  `link add ${near} type veth peer name ${far} netns ${namespace}`,
  `link set ${near} up`,
  `route add ${address}/32 dev ${near}`,
  // The kernel delays answers for others by up to 0.8 s.
  `ntable change name arp_cache dev ${near} proxy_delay 0`,
];

const farEnd = (far: string, address: string): string[] => [
  `addr add ${address}/24 dev ${far}`,
  `link set ${far} up`,
];

/** A namespace with one interface in the VPC, and a route to the VPC only. */
const attach = async (host: Attachment, near: string): Promise<void> => {
  await ip([`netns add ${host.name}`, ...nearEnd(near, host.name, 'eth0', host.address)]);
  const route = `route add ${PLAN.vpc} via ${PLAN.router(host.zone)}`;
  await ip(['link set lo up', ...farEnd('eth0', host.address), route], host.name);
};

/** The balancer: one interface in each zone, and a public side, where the clients are. */
const joinBalancer = async (): Promise<void> => {
  const { balancer, clients } = NAMESPACES;
  await ip([
    `netns add ${balancer}`,
    `netns add ${clients}`,
    `link add public netns ${balancer} type veth peer name eth0 netns ${clients}`,
    ...ZONES.flatMap((zone) =>
      nearEnd(`${VPC}lb-${zone}`, balancer, `eth-${zone}`, PLAN.balancer(zone)),
    ),
  ]);
  await ip(
    [
      'link set lo up',
      ...ZONES.flatMap((zone) => farEnd(`eth-${zone}`, PLAN.balancer(zone))),
      ...farEnd('public', PLAN.balancerPublic),
    ],
    balancer,
  );
  await ip(['link set lo up', ...farEnd('eth0', PLAN.clients)], clients);
};

const joinController = async (): Promise<void> => {
  const { controller } = NAMESPACES;
  await ip([
    `netns add ${controller}`,
    `link add endpoint type veth peer name eth0 netns ${controller}`,
    ...farEnd('endpoint', PLAN.endpoint),
  ]);
  await ip(['link set lo up', ...farEnd('eth0', PLAN.controller)], controller);
};

/** @param others links that are there already */
const hosts = (others: ReadonlyMap<string, Link>): Network => {
  const links = new Map(others);
  let last = 0;
  return {
    async addHost(host) {
      if (links.has(host.name)) throw new Error(`host ${host.name} exists`);
      last += 1;
      const link = { interface: `${VPC}${last}`, address: host.address };
      links.set(host.name, link);
      await attach(host, link.interface);
    },
    async removeHost(name) {
      const link = links.get(name);
      if (link === undefined) return;
      links.delete(name);
      // First the link: a namespace lives on while anything holds it.
      await ip([`link del ${link.interface}`, `netns del ${name}`]);
    },
    async unplug(name) {
      const link = links.get(name);
      if (link !== undefined) await ip([`link set ${link.interface} down`]);
    },
    link(name) {
      const link = links.get(name);
      if (link === undefined) throw new Error(`no host ${name}`);
      return link;
    },
  };
};
