/** A webhook as it is packaged: no code of ours, one right, and whatever was not taken is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageInto, Template } from './template.ts';

const FLEETS = `
fleets:
  api-1:
    group: api
    networks: [10.77.0.0/16]
    member: { service: api.service }
    announce: { webhook: https://hooks.example.com/quorate, secret: quorate/webhook }
  web: { group: web, networks: [10.77.0.0/16], member: { service: web.service } }
`;
const folder = mkdtempSync(join(tmpdir(), 'quorate-webhook-'));
let template: Template;

beforeAll(() => {
  writeFileSync(join(folder, 'fleets.yml'), FLEETS);
  const { exit, output } = packageInto(join(folder, 'out'), join(folder, 'fleets.yml'));
  if (exit !== 0) throw new Error(`packaging failed:\n${output}`);
  template = new Template(join(folder, 'out'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the webhook', () => {
  it('is only of the fleet that has one', () => {
    const destinations = template.ofType('AWS::Events::ApiDestination');
    expect(destinations.map(({ Properties }) => Properties['InvocationEndpoint'])).toEqual([
      'https://hooks.example.com/quorate',
    ]);
    expect(template.propertiesOf('WebhookRuleApiDash1')['EventPattern']).toMatchObject({
      detail: { fleet: ['api-1'], mode: ['act'] },
    });
  });

  it('is tried a few times for a few minutes, and then told as undelivered', () => {
    const { Targets } = template.propertiesOf('WebhookRuleApiDash1');
    const deadLetters = { 'Fn::GetAtt': ['DeadLetters', 'Arn'] };
    expect(Targets).toMatchObject([
      {
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 },
        DeadLetterConfig: { Arn: deadLetters },
      },
    ]);
    const { PolicyDocument } = template.propertiesOf('DeadLettersPolicy');
    expect(PolicyDocument).toMatchObject({
      Statement: [
        {
          Action: 'sqs:SendMessage',
          Resource: deadLetters,
          Condition: {
            ArnEquals: { 'aws:SourceArn': [{ 'Fn::GetAtt': ['WebhookRuleApiDash1', 'Arn'] }] },
          },
        },
      ],
    });
  });

  it('needs one right, which the controller does not have', () => {
    expect(template.statementsOf('WebhookRole')).toMatchObject([
      {
        Action: 'events:InvokeApiDestination',
        Resource: [{ 'Fn::GetAtt': ['WebhookApiDash1', 'Arn'] }],
      },
    ]);
    expect(JSON.stringify(template.statementsOf('ScheduleRole'))).not.toMatch(
      /InvokeApiDestination|secretsmanager/,
    );
  });
});
