/**
 * A fleet's vault: objects under a prefix of its own in a bucket of the user's, encrypted by S3 with the user's key. S3 asks
 * the key service in the courier's name, so the courier needs no way to that service of its own (docs/adr/0009).
 */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Reading } from '../../core/observation.ts';
import type { Got, Vault, VaultObject } from '../../courier/ports.ts';
import { CallFailed, call, pagesOf, readingOf, slicesOf, within } from './call.ts';

/** Through a gateway endpoint an object of 4 MB takes some 100 ms; three attempts and their rests. */
const OBJECT_DEADLINE_MS = 20_000;
const LIST_DEADLINE_MS = 10_000;
const ATTEMPTS = 3;
const REQUEST_TIMEOUT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** DeleteObjects takes so many. */
const DELETED_MAX = 1_000;

export interface VaultPlace {
  readonly bucket: string;
  /** ARN of a KMS key. */
  readonly key: string;
}

export const prefixOf = (fleet: string): string => `quorate/${fleet}/`;

/** Made once a process. */
export const createVaultClient = (): S3Client =>
  new S3Client({
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

export const createVault = (client: S3Client, fleet: string, place: VaultPlace): Vault => {
  const { bucket: Bucket, key } = place;
  const prefix = prefixOf(fleet);
  return {
    list: async () => await list(client, Bucket, prefix),
    get: async (name) =>
      await get(client, new GetObjectCommand({ Bucket, Key: prefix + name }), key),
    put: async (name, bytes) => {
      const command = new PutObjectCommand({
        Bucket,
        Key: prefix + name,
        Body: bytes,
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: key,
        // One call of the key service for many objects.
        BucketKeyEnabled: true,
      });
      const sent = client.send(command, { abortSignal: within(OBJECT_DEADLINE_MS) });
      const put = await readingOf('s3:PutObject', sent);
      return put.ok ? { ok: true, value: null } : put;
    },
    remove: async (names) => await remove(client, { Bucket, prefix }, names),
  };
};

const get = async (client: S3Client, command: GetObjectCommand, key: string): Promise<Got> => {
  const abortSignal = within(OBJECT_DEADLINE_MS);
  const read = async () => {
    const { Body, SSEKMSKeyId } = await client.send(command, { abortSignal });
    return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), SSEKMSKeyId };
  };
  try {
    const { bytes, SSEKMSKeyId } = await call('s3:GetObject', read());
    // Whoever may write to the bucket but not use the key could put sessions there.
    return SSEKMSKeyId === key
      ? { ok: true, value: Buffer.from(bytes) }
      : { ok: false, error: 'it is not encrypted with the key of the fleets file' };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const { message, failure } = error;
    return failure.kind === 'refused'
      ? { ok: false, error: message }
      : { ok: false, error: message, isPassing: true };
  }
};

const list = async (
  client: S3Client,
  Bucket: string,
  Prefix: string,
): Promise<Reading<readonly VaultObject[]>> => {
  const config = { client };
  const abortSignal = within(LIST_DEADLINE_MS);
  try {
    const pages = await pagesOf(
      's3:ListBucket',
      paginateListObjectsV2(config, { Bucket, Prefix }, { abortSignal }),
    );
    const objects = pages.flatMap(({ Contents = [] }) => Contents);
    return {
      ok: true,
      value: objects.map(({ Key = '', Size = 0, LastModified }) => ({
        name: Key.slice(Prefix.length),
        bytes: Size,
        modifiedAtMs: LastModified?.getTime() ?? 0,
      })),
    };
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    return { ok: false, error: error.message };
  }
};

const remove = async (
  client: S3Client,
  { Bucket, prefix }: { readonly Bucket: string; readonly prefix: string },
  names: readonly string[],
): Promise<Reading<null>> => {
  for (const some of slicesOf(names, DELETED_MAX)) {
    const Objects = some.map((name) => ({ Key: prefix + name }));
    const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
    const sent = client.send(command, { abortSignal: within(OBJECT_DEADLINE_MS) });
    const removed = await readingOf('s3:DeleteObject', sent);
    if (!removed.ok) return removed;
    const [first] = removed.value.Errors ?? [];
    if (first !== undefined) {
      return { ok: false, error: `s3:DeleteObject: ${first.Code ?? ''} ${first.Message ?? ''}` };
    }
  }
  return { ok: true, value: null };
};
