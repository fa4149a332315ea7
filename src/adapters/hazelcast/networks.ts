/** Where we may connect to: the fleet's networks, whatever address somebody tells us. */
import { BlockList, isIPv4 } from 'node:net';
import type { Fleet } from '../../config/fleet.ts';
import type { Address } from '../../core/observation.ts';

export const networksOf = ({ networks }: Fleet): ((address: Address) => boolean) => {
  const allowed = new BlockList();
  for (const network of networks) {
    const [first = '', prefix = ''] = network.split('/');
    allowed.addSubnet(first, Number(prefix));
  }
  return (address) => isIPv4(address) && allowed.check(address);
};
