/** A gateway endpoint of the VPC: AWS's own address for one service, and nobody else's. */
import { AwsError } from './aws-error.ts';
import type { Dispatch } from './dispatch.ts';
import { type Gateway, type Listen, startGateway } from './gateway.ts';
import { errorReply, parseCall } from './wire.ts';

/** @throws when the address cannot be bound. */
export const startPrivateGateway = async (
  listen: Listen,
  service: string,
  dispatch: Pick<Dispatch, 'answer'>,
): Promise<Gateway> =>
  await startGateway(listen, {
    answer: async (request) => {
      const asked = serviceOf(request);
      if (asked === service) return await dispatch.answer(request);
      return errorReply('json', new AwsError('UnknownEndpoint', `${asked} is not behind this one`));
    },
  });

const serviceOf = (request: Parameters<typeof parseCall>[0]): string => {
  try {
    return parseCall(request).service;
  } catch {
    return 'what is not signed';
  }
};
