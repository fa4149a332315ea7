/** `sessions.vault` of a fleets file: where generations of the sessions are kept outside of the cluster. */
import * as v from 'valibot';
import { durationOr } from './duration-field.ts';
import { allowed, allowedFields } from './wording.ts';

/** A bucket's name in a path as well as in a host's name: with dots the second has no certificate. */
const BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const BUCKET_ALLOWED = 'the name of an S3 bucket: 3 to 63 lower-case letters, digits and dashes';
const KEY = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,64}$/;
const KEY_ALLOWED =
  'the ARN of a KMS key such as arn:aws:kms:eu-central-1:123456789012:key/1a2b..., no alias';

const fields = {
  bucket: v.pipe(
    v.string(allowed(BUCKET_ALLOWED)),
    v.regex(BUCKET, allowed(BUCKET_ALLOWED)),
    v.description('S3 bucket, under quorate/<fleet>/.'),
  ),
  key: v.pipe(
    v.string(allowed(KEY_ALLOWED)),
    v.regex(KEY, allowed(KEY_ALLOWED)),
    v.description('ARN of the KMS key that everything in it is encrypted with.'),
  ),
  every: durationOr({
    standardMs: 300_000,
    minMs: 60_000,
    maxMs: 3_600_000,
    help: 'How often a generation is taken: what is written, and who logs out, since then is not in it.',
  }),
  maxAge: durationOr({
    standardMs: 3_600_000,
    minMs: 120_000,
    maxMs: 86_400_000,
    help: 'An older generation is not used.',
  }),
};

export const vaultField = v.pipe(
  v.optional(v.strictObject(fields, allowedFields(fields))),
  v.description(
    'Generations of the maps outside of the cluster, for a total loss. Its promise is weaker: docs/deploy.md.',
  ),
);
