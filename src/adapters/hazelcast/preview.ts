/** The last proof before users are sent to another side: one call as theirs, through the load balancer, led there by a header. */
import type { Fleet } from '../../config/fleet.ts';
import type { PreviewReply } from '../../observation-wire.ts';
import type { PreviewRequest } from '../../ports.ts';
import { PREVIEW_HEADER } from '../../preview-header.ts';
import { ask } from './http-probe.ts';
import { clampDeadline } from './look.ts';
import { networksOf } from './networks.ts';
import { applicationQuestion } from './sight.ts';

/** An Application Load Balancer has an address a zone; each of them knows all rules. */
const ADDRESSES_MAX = 3;

/**
 * Ports, path and networks are the fleet's, never the caller's. Never rejects.
 *
 * One good answer is good: users' resolvers go on to the next address as well.
 */
export const preview = async (
  fleet: Fleet,
  { balancerAddresses, deadlineMs }: PreviewRequest,
  signal: AbortSignal,
): Promise<PreviewReply> => {
  const { routing, application } = fleet;
  if (routing?.kind !== 'application' || application === null) {
    return wrong(
      `the fleets file gives fleet ${fleet.name} no Application Load Balancer, or nothing to call`,
    );
  }
  const mayReach = networksOf(fleet);
  const addresses = balancerAddresses.filter(mayReach).slice(0, ADDRESSES_MAX);
  if (addresses.length === 0) {
    return wrong(`no address of the load balancer is inside the networks of fleet ${fleet.name}`);
  }
  const question = {
    ...applicationQuestion(application.path),
    headers: { [PREVIEW_HEADER]: fleet.name },
    isSecure: routing.isSecure,
  };
  const bounds = { deadlineMs: clampDeadline(deadlineMs), signal };
  const answers = await Promise.all(
    addresses.map(async (address) => {
      const answer = await ask({ address, port: routing.port }, bounds, question);
      return { address, answer };
    }),
  );
  return (
    answers.map(({ address, answer }) => replyOf(address, answer)).toSorted(bestFirst)[0] ??
    wrong('nobody was asked')
  );
};

const wrong = (detail: string): PreviewReply => ({ answer: 'wrong', detail });

const replyOf = (address: string, answer: Awaited<ReturnType<typeof ask<null>>>): PreviewReply => {
  switch (answer.answer) {
    case 'ok':
      return { answer: 'ok', detail: `${address} answered well` };
    case 'wrong':
      return wrong(`${address}: ${answer.detail}`);
    case 'silent':
      return { answer: 'silent', detail: `${address}: ${answer.cause}` };
  }
};

const ORDER: readonly PreviewReply['answer'][] = ['ok', 'wrong', 'silent'];

const bestFirst = (a: PreviewReply, b: PreviewReply): number =>
  ORDER.indexOf(a.answer) - ORDER.indexOf(b.answer);
