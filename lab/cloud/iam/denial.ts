/** How AWS refuses: one sentence for all services (IAM user guide, "Troubleshoot access denied error messages"), and a code of each. */
import { AwsError } from '../aws-error.ts';
import type { Call } from '../wire.ts';
import type { Request, Verdict } from './evaluate.ts';

export type Refusal = Exclude<Verdict, { readonly kind: 'allowed' }>;

/** @param user ARN of the caller's session. */
export const sentenceOf = (
  user: string,
  { action, resource }: Pick<Request, 'action' | 'resource'>,
  verdict: Refusal,
): string => {
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  const why =
    verdict.kind === 'denied'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${user} is not authorized to perform: ${action}${on} ${why}`;
};

export const denialOf = ({ service, protocol }: Call, sentence: string): AwsError => {
  if (protocol === 'ec2') {
    const message = `You are not authorized to perform this operation. ${sentence}`;
    return new AwsError('UnauthorizedOperation', message, 403);
  }
  if (protocol === 'query' || protocol === 's3') return new AwsError('AccessDenied', sentence, 403);
  return new AwsError('AccessDeniedException', sentence, service === 'lambda' ? 403 : 400);
};

/** No code of AWS: the lab does not know what the call touches, and says so instead of yes. */
export const CANNOT_JUDGE = 'LabCannotJudge';

const CODES: ReadonlySet<string | null> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  CANNOT_JUDGE,
]);

/** Whether an error code says that somebody lacked a right, or that nobody knows. */
export const isDenial = (code: string | null): boolean => CODES.has(code);
