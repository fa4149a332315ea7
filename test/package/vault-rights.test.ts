/** What a vault adds to what is deployed: for its own fleet, and nothing for any other. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
interface Infra {
  readonly sideResources: (of: object) => {
    readonly CourierRole: {
      readonly Properties: {
        readonly Policies: readonly [
          { readonly PolicyDocument: { readonly Statement: Statement[] } },
        ];
      };
    };
  };
  readonly couriers: (
    fleets: readonly object[],
    network: object,
  ) => { readonly courier: { readonly reservedConcurrency: number } };
}
const infra = createRequire(import.meta.url)('../../infra/sides.cjs') as Infra;

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const fleetOf = (name: string, vault: object | null) => ({
  name,
  routing: null,
  policy: { mode: 'act' },
  sessions: { vault },
});
const WITHOUT = fleetOf('web', null);
const WITH = fleetOf('api', { bucket: 'b-1', key: KEY });

const statementsOf = (...fleets: readonly object[]): readonly Statement[] => {
  const { CourierRole } = infra.sideResources({ fleets, stack: 'quorate-prod' });
  return CourierRole.Properties.Policies[0].PolicyDocument.Statement;
};
const reservedFor = (...fleets: readonly object[]): number =>
  infra.couriers(fleets, { securityGroup: '', subnets: [] }).courier.reservedConcurrency;

describe('a fleet without a vault', () => {
  it('has no right to one, and no function waits for it', () => {
    const sids = statementsOf(WITHOUT).map(({ Sid }) => Sid);
    expect(sids).toEqual(['Log', 'Tell', 'Attach', 'NotFromCode']);
    expect(reservedFor(WITHOUT)).toBe(2);
  });
});

describe('a vault', () => {
  it("may be used under its fleet's own prefix, with its own key, by way of S3", () => {
    const own = statementsOf(WITHOUT, WITH).filter(({ Sid }) => /^(Keep|List|Seal)/.test(Sid));
    const inBucket = (rest: string) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:s3:::b-1${rest}` });
    expect(own).toEqual([
      {
        Sid: 'Keep0',
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'],
        Resource: inBucket('/quorate/api/*'),
      },
      {
        Sid: 'List0',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: inBucket(''),
        Condition: { StringLike: { 's3:prefix': 'quorate/api/*' } },
      },
      {
        Sid: 'Seal0',
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: KEY,
        Condition: {
          StringEquals: { 'kms:ViaService': { 'Fn::Sub': `s3.\${AWS::Region}.amazonaws.com` } },
        },
      },
    ]);
    expect(reservedFor(WITHOUT, WITH)).toBe(5);
  });
});
