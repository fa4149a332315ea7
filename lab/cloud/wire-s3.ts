/** Which call of S3 a request is: by method, path and query, with the bucket in the path as clients write it for an IP address. */
import { AwsError } from './aws-error.ts';
import { asRecord, type Parameters, text } from './parameters.ts';
import type { HttpRequest } from './wire.ts';
import { parseXml } from './xml.ts';

interface ObjectCall {
  /** As IAM knows it, but for those that the lab alone makes. */
  readonly action: string;
  readonly parameters: Parameters;
}

/** @throws AwsError for a call that the lab does not know. */
export const readObjectCall = ({ method, path, headers, body }: HttpRequest): ObjectCall => {
  const url = new URL(path, 'http://s3');
  const [Bucket = '', ...rest] = decodeURIComponent(url.pathname).slice(1).split('/');
  const Key = rest.join('/');
  const query = url.searchParams;
  const of = (action: string, more: Parameters = {}): ObjectCall => ({
    action,
    parameters: { Bucket, ...more },
  });
  if (Key === '') {
    if (method === 'PUT') return of('CreateBucket');
    if (method === 'GET' && query.has('list-type')) {
      return of('ListBucket', { Prefix: query.get('prefix') ?? '' });
    }
    if (method === 'POST' && query.has('delete')) {
      return of('DeleteObject', { Keys: keysIn(body.toString()) });
    }
  } else {
    if (method === 'GET') return of('GetObject', { Key });
    if (method === 'HEAD') return of('GetObject', { Key });
    if (method === 'PUT') {
      const SSEKMSKeyId = headers['x-amz-server-side-encryption-aws-kms-key-id'] ?? '';
      return of('PutObject', { Key, SSEKMSKeyId });
    }
  }
  throw new AwsError('NotImplemented', `The emulator does not know ${method} ${path}.`, 501);
};

const keysIn = (xml: string): readonly string[] =>
  [asRecord(parseXml(xml)['Delete'])['Object']]
    .flat()
    .map((object) => text(asRecord(object), 'Key'));
