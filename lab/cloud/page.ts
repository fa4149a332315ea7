/** Paging: a token is the position of the next item. */
import { AwsError } from './aws-error.ts';
import { optionalNumber, optionalText, type Parameters } from './parameters.ts';

export interface PageLimits {
  readonly sizeDefault: number;
  readonly sizeMax: number;
}

/** @param parameters `NextToken`, and `MaxRecords` or `MaxResults`. */
export const page = <T>(
  all: readonly T[],
  parameters: Parameters,
  { sizeDefault, sizeMax }: PageLimits,
): { items: readonly T[]; next: string | undefined } => {
  const asked =
    optionalNumber(parameters, 'MaxRecords') ?? optionalNumber(parameters, 'MaxResults');
  const size = Math.min(asked ?? sizeDefault, sizeMax);
  const from = Number(optionalText(parameters, 'NextToken') ?? 0);
  if (!Number.isInteger(from)) throw new AwsError('InvalidNextToken', 'The token is not valid.');
  const end = from + size;
  return { items: all.slice(from, end), next: end < all.length ? String(end) : undefined };
};
