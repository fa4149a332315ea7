/** Where a group's next instance goes, and which one leaves next. */
import { counted, type Group, type GroupMember, type Subnet } from './group.ts';

/** How many of the group's instances each subnet has, or will have. */
export const spread = (group: Group): ReadonlyMap<string, number> => {
  const counts = new Map(group.subnets.map((subnet) => [subnet.id, 0]));
  const subnets = [...counted(group).map((member) => member.subnetId), ...group.launching];
  for (const subnet of subnets) counts.set(subnet, (counts.get(subnet) ?? 0) + 1);
  return counts;
};

/** The emptiest zone, the earlier listed of equals. */
export const emptiestSubnet = (group: Group): Subnet | undefined => {
  const counts = spread(group);
  const size = (subnet: Subnet): number => counts.get(subnet.id) ?? 0;
  return group.subnets.toSorted((a, b) => size(a) - size(b))[0];
};

/** The same of those that had room when last tried; of all, when none had. */
export const roomiestSubnet = (group: Group): Subnet | undefined => {
  const roomy = group.subnets.filter((subnet) => !isShunned(group, subnet));
  return emptiestSubnet(roomy.length > 0 ? { ...group, subnets: roomy } : group);
};

export const isShunned = (group: Group, subnet: Subnet): boolean =>
  (group.shunnedUntilMs.get(subnet.id) ?? 0) > Date.now();

/** In service, from the fullest zone first, there the longest in service. */
export const fullestFirst = (group: Group): readonly GroupMember[] => {
  const counts = spread(group);
  const size = (member: GroupMember): number => counts.get(member.subnetId) ?? 0;
  return counted(group)
    .filter((member) => member.lifecycle === 'InService')
    .toSorted((a, b) => size(b) - size(a) || (a.inServiceAtMs ?? 0) - (b.inServiceAtMs ?? 0));
};

/** Whom a scale-in takes: nobody who is protected. */
export const scaleInChoice = (group: Group): GroupMember | undefined =>
  fullestFirst(group).find((member) => !member.isProtected);
