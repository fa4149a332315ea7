/** Looks once at a node whose client port says nothing, and leaves everything as it is. Argument: the port. */
import { look } from '../../src/adapters/hazelcast/look.ts';
import { NO_QUESTIONS } from '../questions.ts';
import { fleetAt } from './nodes.ts';

const port = Number(process.argv[2]);
const plain = fleetAt(port, { application: null });
const fleet = { ...plain, member: { ...plain.member, canary: 'm' } };
const request = {
  fleet: fleet.name,
  side: 'blue' as const,
  nodes: [{ instanceId: 'i-1', address: '127.0.0.1' }],
  balancerAddresses: [],
  probeDeadlineMs: 1_000,
  questions: NO_QUESTIONS,
};
console.log(JSON.stringify(await look(fleet, request, new AbortController().signal)));
