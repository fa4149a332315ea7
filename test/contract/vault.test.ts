/** The vault on S3: the real client, the rights that the template gives, and the emulated service behind them. */
import { createRequire } from 'node:module';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVault } from '../../src/adapters/aws/vault-store.ts';
import { type Bench, skipWithoutMoto, startBench } from './cloud-bench.ts';
import { functionOf, roleOf, writeEcho } from './cloud-functions.ts';

interface Statement {
  readonly Sid: string;
}
interface Sides {
  readonly sideResources: (of: object) => {
    readonly CourierRole: {
      readonly Properties: {
        readonly Policies: readonly [
          { readonly PolicyDocument: { readonly Statement: Statement[] } },
        ];
      };
    };
  };
}

const BUCKET = 'shop-vault';
const keyOf = (id: string): string => `arn:aws:kms:eu-central-1:123456789012:key/${id}`;
const PLACE = { bucket: BUCKET, key: keyOf('own') };
const FLEET = { name: 'api', routing: null, policy: { mode: 'act' }, sessions: { vault: PLACE } };

const statements = (): readonly Statement[] => {
  const { sideResources } = createRequire(import.meta.url)('../../infra/sides.cjs') as Sides;
  const { CourierRole } = sideResources({ fleets: [FLEET], stack: 'quorate-test' });
  const [policy] = CourierRole.Properties.Policies;
  return policy.PolicyDocument.Statement.filter(({ Sid }) => /^(Keep|List|Seal)/.test(Sid));
};

describe.skipIf(skipWithoutMoto)('a vault on S3', () => {
  let bench: Bench;
  let courier: S3Client;
  let admin: S3Client;

  const clientOf = (accessKeyId: string): S3Client =>
    new S3Client({
      region: 'eu-central-1',
      endpoint: bench.endpoint,
      credentials: { accessKeyId, secretAccessKey: 'x' },
      maxAttempts: 1,
    });
  const vaultOf = (client: S3Client, fleet = 'api', place = PLACE) =>
    createVault(client, fleet, place);

  beforeAll(async () => {
    bench = await startBench();
    const Resources = { Role: roleOf('courier', statements()), Courier: functionOf('courier') };
    await bench.deployTemplate(
      { Resources },
      { codeDirectory: writeEcho(), usesNamespaces: false },
    );
    courier = clientOf(bench.lambda.find('courier').accessKeyId);
    admin = clientOf('admin');
    await admin.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  afterAll(async () => {
    for (const client of [courier, admin]) client?.destroy();
    await bench?.stop();
  });

  it('gives back what was put there, and lists it until it is removed', async () => {
    const vault = vaultOf(courier);
    const bytes = Buffer.alloc(3 * 1024 * 1024, 'session');
    const beganMs = Date.now();
    expect(await vault.put('g/part-0', bytes)).toEqual({ ok: true, value: null });
    expect(await vault.put('g/manifest.json', Buffer.from('{}'))).toMatchObject({ ok: true });
    const got = await vault.get('g/part-0');
    expect(got.ok && got.value.equals(bytes)).toBe(true);
    const listed = await vault.list();
    expect(listed).toMatchObject({
      ok: true,
      value: [
        { name: 'g/manifest.json', bytes: 2 },
        { name: 'g/part-0', bytes: bytes.length },
      ],
    });
    const modifiedAtMs = listed.ok ? listed.value[0]?.modifiedAtMs : 0;
    expect(Math.abs((modifiedAtMs ?? 0) - beganMs)).toBeLessThan(60_000);
    expect(await vault.remove(['g/manifest.json', 'g/part-0'])).toEqual({ ok: true, value: null });
    expect(await vault.list()).toEqual({ ok: true, value: [] });
    expect(await vault.remove([])).toEqual({ ok: true, value: null });
  });

  it('says what is missing', async () => {
    expect(await vaultOf(courier).get('g/none')).toMatchObject({
      ok: false,
      error: expect.stringContaining('NoSuchKey'),
    });
  });

  it("is closed to the rest of the bucket, and to other keys than the fleet's", async () => {
    const denied = (action: string) => ({ ok: false, error: expect.stringContaining(action) });
    const other = vaultOf(courier, 'web');
    await vaultOf(admin, 'web').put('g/part-0', Buffer.from('x'));
    expect(await other.put('g/part-1', Buffer.from('x'))).toMatchObject(denied('s3:PutObject'));
    expect(await other.get('g/part-0')).toMatchObject(denied('s3:GetObject'));
    expect(await other.list()).toMatchObject(denied('s3:ListBucket'));
    expect(await other.remove(['g/part-0'])).toMatchObject(denied('s3:DeleteObject'));
    const foreign = vaultOf(courier, 'api', { ...PLACE, key: keyOf('foreign') });
    expect(await foreign.put('g/part-0', Buffer.from('x'))).toMatchObject(denied('s3:PutObject'));
    await vaultOf(admin, 'api', { ...PLACE, key: keyOf('foreign') }).put('h/a', Buffer.from('x'));
    expect(await vaultOf(courier).get('h/a')).toMatchObject(denied('s3:GetObject'));
  });

  it('believes nothing that is not encrypted with its key, even where it could read it', async () => {
    const error = 'it is not encrypted with the key of the fleets file';
    const vault = vaultOf(admin);
    await vaultOf(admin, 'api', { ...PLACE, key: keyOf('foreign') }).put('i/a', Buffer.from('x'));
    expect(await vault.get('i/a')).toEqual({ ok: false, error });
    const plain = { Bucket: BUCKET, Key: 'quorate/api/i/b', Body: 'x' };
    await admin.send(new PutObjectCommand(plain));
    expect(await vault.get('i/b')).toEqual({ ok: false, error });
  });
});
