/** IPv4 blocks that observers may connect to. Checked strictly: a wrong block would send probes to strangers. */
import { BlockList, isIPv4 } from 'node:net';

/** Where no member can be: this host, link-local (the instance metadata service), multicast and reserved. */
const NEVER = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const;

/** A VPC's block is at most a /16; a /8 allows for the whole private range 10.0.0.0/8. */
const WIDEST_PREFIX = 8;

export const NETWORK_ALLOWED = `an IPv4 block such as 10.77.0.0/16, /${WIDEST_PREFIX} to /32`;

/** @returns what is wrong with a block, or `null`. */
export const networkProblem = (text: string): string | null => {
  const [address = '', prefixText = ''] = text.split('/');
  const prefix = Number(prefixText);
  if (!(isIPv4(address) && /^[0-9]{1,2}$/.test(prefixText)) || text.split('/').length !== 2) {
    return `must be ${NETWORK_ALLOWED}`;
  }
  if (prefix < WIDEST_PREFIX || prefix > 32) return `must be ${NETWORK_ALLOWED}`;
  const first = firstAddress(address, prefix);
  if (first !== address) return `must begin at its first address: ${first}/${prefix}`;
  const never = new BlockList();
  for (const [net, bits] of NEVER) never.addSubnet(net, bits);
  return never.check(address) ? 'no member can be in this block (it is reserved)' : null;
};

const firstAddress = (address: string, prefix: number): string => {
  const octets = address.split('.').map(Number);
  return octets
    .map((octet, i) => {
      const kept = Math.min(8, Math.max(0, prefix - 8 * i));
      return octet - (octet % 2 ** (8 - kept));
    })
    .join('.');
};
