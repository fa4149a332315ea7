/**
 * Who is told of a failover over the web: EventBridge posts the events itself, with a key from Secrets Manager, and no code of
 * ours takes part (docs/adr/0010-a-webhook-is-eventbridges.md). CommonJS, because that is what the Serverless Framework loads.
 */

/** From the decision to the end: one that was announced and then undone must be told, too. */
const TOLD = ['FailoverStarted', 'UsersMoving', 'UsersMoved', 'FailoverEnded'];

const arnOf = (id) => ({ 'Fn::GetAtt': [id, 'Arn'] });

const webhookOf = ({ name, announce }, idOf) => {
  const [connection, destination] = [idOf('WebhookKey', name), idOf('Webhook', name)];
  return {
    [connection]: {
      Type: 'AWS::Events::Connection',
      Properties: {
        Description: `What fleet ${name} is known by at its webhook`,
        AuthorizationType: 'API_KEY',
        AuthParameters: {
          ApiKeyAuthParameters: {
            ApiKeyName: 'x-quorate-key',
            // CloudFormation reads it while it deploys: it is in no file and no template.
            ApiKeyValue: `{{resolve:secretsmanager:${announce.secret}}}`,
          },
        },
      },
    },
    [destination]: {
      Type: 'AWS::Events::ApiDestination',
      Properties: {
        Description: `Is told of failovers of fleet ${name}`,
        ConnectionArn: arnOf(connection),
        HttpMethod: 'POST',
        InvocationEndpoint: announce.webhook,
        // A failover has four events.
        InvocationRateLimitPerSecond: 10,
      },
    },
    [idOf('WebhookRule', name)]: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: `What the webhook of fleet ${name} is told`,
        EventBusName: { Ref: 'Bus' },
        EventPattern: {
          source: ['quorate'],
          'detail-type': TOLD,
          detail: { fleet: [name], mode: ['act'] },
        },
        Targets: [
          {
            Id: 'webhook',
            Arn: arnOf(destination),
            RoleArn: arnOf('WebhookRole'),
            // Each try has 5 s (EventBridge's own). After five minutes it is no announcement any more.
            RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 300 },
            // What was not taken is told: the alarm `undelivered` looks at this queue.
            DeadLetterConfig: { Arn: arnOf('DeadLetters') },
          },
        ],
      },
    },
  };
};

const webhookRole = (destinations) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sts:AssumeRole',
          // No other account's rule may use it.
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
    Policies: [
      {
        PolicyName: 'announce',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'Post',
              Effect: 'Allow',
              Action: 'events:InvokeApiDestination',
              Resource: destinations.map(arnOf),
            },
          ],
        },
      },
    ],
  },
});

/** The rules may leave what was not taken in the queue. */
const deadLettersPolicy = (rules) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: 'DeadLetters' }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'OurWebhooks',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arnOf('DeadLetters'),
          Condition: { ArnEquals: { 'aws:SourceArn': rules.map(arnOf) } },
        },
      ],
    },
  },
});

/** @returns resources by logical id; none where no fleet has a webhook */
module.exports = ({ fleets, idOf }) => {
  const told = fleets.filter(({ announce }) => announce !== null);
  if (told.length === 0) return {};
  const ids = (what) => told.map(({ name }) => idOf(what, name));
  return {
    ...Object.assign({}, ...told.map((fleet) => webhookOf(fleet, idOf))),
    WebhookRole: webhookRole(ids('Webhook')),
    DeadLettersPolicy: deadLettersPolicy(ids('WebhookRule')),
  };
};
