/** What an SDK error says about the call: refused for certain, not now, or nobody knows. */
import * as v from 'valibot';

export type Failure =
  /** AWS understood and said no: nothing happened. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** Nothing happened, and asking again later may work: throttled, busy, or never sent. */
  | { readonly kind: 'notNow'; readonly code: string; readonly message: string }
  /** The reply was lost or tells nothing: it may have happened. */
  | { readonly kind: 'lost'; readonly code: string; readonly message: string };

/** The services spell it in many ways; EC2 sends RequestLimitExceeded with status 503. */
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'PriorRequestNotComplete',
  'BandwidthLimitExceeded',
]);

/** Auto Scaling's own "try again later": documented as done nothing. The codes come with and without the suffix. */
const BUSY = new Set([
  'ScalingActivityInProgress',
  'ScalingActivityInProgressFault',
  'ResourceContention',
  'ResourceContentionFault',
]);

/** The request never left this machine. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CredentialsProviderError',
  'TokenProviderError',
]);

/** The SDK has no name for it, only this message. */
const NO_REGION = 'Region is missing';

/** What a person at a command line meets, and can mend: a function has its region and its role. */
const REMEDIES: Readonly<Record<string, string>> = {
  NoRegion: 'set AWS_REGION to that of the deployment, or AWS_PROFILE to a profile that names one',
  CredentialsProviderError:
    'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`',
  TokenProviderError: 'sign in with `aws sso login`',
  ENOTFOUND: 'is AWS_REGION a region, and is there a network?',
  EAI_AGAIN: 'is there a network?',
  ResourceNotFoundException: 'is it deployed in this region, under this stage?',
  ExpiredToken: 'sign in again',
  ExpiredTokenException: 'sign in again',
  InvalidClientTokenId: 'are these the credentials of the account with the deployment?',
  UnrecognizedClientException: 'are these the credentials of the account with the deployment?',
};

const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'NotAuthorized',
]);

/** Names that the SDK gives to answers it could not understand, whatever their status. */
const MEANINGLESS = new Set(['', 'Error', 'Unknown', 'UnknownError', 'SyntaxError', 'TypeError']);

/** The few fields that SDK errors, socket errors and aborts have between them. */
const ErrorShape = v.object({
  name: v.fallback(v.string(), ''),
  code: v.fallback(v.string(), ''),
  message: v.fallback(v.string(), ''),
  $metadata: v.fallback(v.object({ httpStatusCode: v.fallback(v.nullable(v.number()), null) }), {
    httpStatusCode: null,
  }),
});

const firstLine = (message: string): string => {
  const line = message.split('\n', 1)[0]?.trim() ?? '';
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
};

export const failureOf = (error: unknown): Failure => {
  const parsed = v.safeParse(ErrorShape, error);
  if (!parsed.success) return { kind: 'lost', code: 'NoReply', message: firstLine(String(error)) };
  const { name, code: systemCode } = parsed.output;
  const status = parsed.output.$metadata.httpStatusCode;
  const message = firstLine(parsed.output.message) || name;
  if (THROTTLED.has(name) || BUSY.has(name) || status === 429) {
    return { kind: 'notNow', code: name, message };
  }
  if (message === NO_REGION) return { kind: 'notNow', code: 'NoRegion', message };
  if (UNSENT.has(systemCode) || UNSENT.has(name)) {
    return { kind: 'notNow', code: systemCode || name, message };
  }
  const isRefusal = status !== null && status >= 400 && status < 500;
  if (isRefusal && !MEANINGLESS.has(name)) return { kind: 'refused', code: name, message };
  const code = systemCode || (MEANINGLESS.has(name) ? '' : name);
  return { kind: 'lost', code: code || (status === null ? 'NoReply' : `HTTP ${status}`), message };
};

/**
 * One sentence for people, with the fix where there is one.
 *
 * @param action as IAM spells it, for example `ec2:DescribeInstances`.
 */
export const sentenceOf = (action: string, failure: Failure): string => {
  if (failure.kind === 'refused' && DENIED.has(failure.code)) {
    return `AWS denied ${action} (${failure.code}): allow that action to the role or user that asked`;
  }
  if (failure.kind === 'refused') {
    return `${action} was refused (${failure.code}): ${failure.message}${remedyOf(failure)}`;
  }
  if (failure.kind === 'lost') {
    return isTimeout(failure.code)
      ? `${action} gave no answer in time (${failure.code}): asked again at the next tick`
      : `${action} gave no usable answer (${failure.code}: ${failure.message}): asked again at the next tick`;
  }
  if (THROTTLED.has(failure.code)) {
    return `${action} was throttled (${failure.code}): asked again at the next tick; if it lasts, ask AWS for a higher rate or tick less often`;
  }
  return `${action} was not possible now (${failure.code}): ${failure.message}${remedyOf(failure)}`;
};

const remedyOf = ({ code }: Failure): string => {
  const remedy = REMEDIES[code];
  return remedy === undefined ? '' : `; ${remedy}`;
};

const isTimeout = (code: string): boolean => code === 'TimeoutError' || code === 'AbortError';
