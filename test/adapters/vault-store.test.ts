/** What S3 says of an object: it is nothing that can be used, or it cannot be read just now. The rest is a contract test. */
import { createServer, type Server } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, expect, it } from 'vitest';
import { createVault } from '../../src/adapters/aws/vault-store.ts';
import { listen } from './listen.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const PLACE = { bucket: 'vault', key: 'arn:aws:kms:eu-central-1:123456789012:key/own' };

const get = async (status: number, code: string) => {
  server = createServer((request, response) => {
    if (status === 0) request.socket.destroy();
    else response.writeHead(status).end(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
  });
  const client = new S3Client({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${await listen(server)}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  const got = await createVault(client, 'api', PLACE).get('g/part-0');
  client.destroy();
  return got;
};

it.each([
  [404, 'NoSuchKey', false],
  [403, 'AccessDenied', false],
  [200, '', false],
  [503, 'SlowDown', true],
  [400, 'ThrottlingException', true],
  [500, 'InternalError', true],
  [0, 'no answer', true],
])('%i %s: passing is %s', async (status, code, isPassing) => {
  const got = await get(status, code);
  expect(got.ok).toBe(false);
  expect('isPassing' in got).toBe(isPassing);
});
