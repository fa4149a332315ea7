/**
 * What a second side needs: rights to lead users there, and a courier that carries their sessions. Only for fleets that have
 * one, so that all others are deployed without. CommonJS, because that is what the Serverless Framework loads.
 */

const { allow, changeRouting, GROUPS, seeRouting, taggedAs } = require('./routing.cjs');

const LEADERS = ['ScheduleRole', 'AlarmRole', 'CommandRole'];

/** On groups, by the tag of a fleet that acts; on what leads users, as routing.cjs says. */
const leadStatements = (moving) => {
  const tagged = taggedAs(moving);
  return [
    // group-acts.ts changeGroup.
    allow('Scale', ['autoscaling:UpdateAutoScalingGroup'], GROUPS, tagged),
    ...changeRouting(moving),
    // carry.ts callCourier.
    ...(moving.some(({ sessions }) => sessions !== null)
      ? [
          allow('Carry', ['lambda:InvokeFunction'], {
            'Fn::GetAtt': ['CourierLambdaFunction', 'Arn'],
          }),
        ]
      : []),
  ];
};

const policy = (PolicyName, Statement) => ({
  PolicyName,
  PolicyDocument: { Version: '2012-10-17', Statement },
});

/** The first policy of a role is in roles.yml: what is empty here leaves it as it is when the two are merged. */
const beside = (second) => ({ Properties: { Policies: [{}, second] } });

const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const hasVault = ({ sessions }) => sessions.vault !== null;

/** vault-store.ts: objects under the fleet's own prefix, with the fleet's own key, and that by way of S3 alone. */
const vaultStatements = ({ name, sessions: { vault } }, place) => {
  const bucket = { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::${vault.bucket}` };
  const objects = { 'Fn::Sub': `arn:\${AWS::Partition}:s3:::${vault.bucket}/quorate/${name}/*` };
  return [
    allow(`Keep${place}`, ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], objects),
    allow(`List${place}`, ['s3:ListBucket'], bucket, {
      StringLike: { 's3:prefix': `quorate/${name}/*` },
    }),
    // S3 itself asks for these in the courier's name.
    allow(`Seal${place}`, ['kms:GenerateDataKey', 'kms:Decrypt'], vault.key, {
      StringEquals: { 'kms:ViaService': { 'Fn::Sub': `s3.\${AWS::Region}.amazonaws.com` } },
    }),
  ];
};

const courierRole = (carrying, stack) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ],
    },
    Policies: [
      policy('carry', [
        // Lambda itself: what the function prints.
        allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], {
          'Fn::GetAtt': ['CourierLogGroup', 'Arn'],
        }),
        // Its row and its journal: items of its own, and never a fleet's.
        allow(
          'Tell',
          ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
          { 'Fn::GetAtt': ['StateTable', 'Arn'] },
          {
            'ForAllValues:StringLike': {
              'dynamodb:LeadingKeys': carrying.flatMap(({ name }) => [
                `courier#${name}`,
                `courier#${name}#*`,
              ]),
            },
          },
        ),
        ...carrying.filter(hasVault).flatMap(vaultStatements),
        // Lambda itself, to put the function into the VPC. `*`: it checks for these rights before the interface exists.
        allow('Attach', INTERFACES, '*'),
        // The same are taken away from the function's own code.
        {
          Sid: 'NotFromCode',
          Effect: 'Deny',
          Action: INTERFACES,
          Resource: '*',
          Condition: {
            ArnLike: {
              'lambda:SourceFunctionArn': {
                'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${stack}-courier`,
              },
            },
          },
        },
      ]),
    ],
  },
});

/** @returns resources by logical id, merged with those of roles.yml */
const sideResources = ({ fleets, stack }) => {
  const moving = fleets.filter(
    ({ routing, policy: { mode } }) => routing !== null && mode === 'act',
  );
  const carrying = fleets.filter(({ sessions }) => sessions !== null);
  const routed = fleets.filter(({ routing }) => routing !== null);
  const see = seeRouting(routed);
  const lead = beside(
    policy('lead', [...see, ...(moving.length > 0 ? leadStatements(moving) : [])]),
  );
  return {
    ...(routed.length > 0
      ? {
          ...Object.fromEntries(LEADERS.map((role) => [role, lead])),
          QueryRole: beside(policy('routing', see)),
        }
      : {}),
    ...(carrying.length > 0 ? { CourierRole: courierRole(carrying, stack) } : {}),
  };
};

/** Inside the VPC, where it reaches both sides' members, and the state table through a gateway endpoint. */
const courierFunction = (carrying, { securityGroup, subnets }) => ({
  description: 'Carries sessions to the other side, while a fleet moves',
  handler: 'dist/courier/index.handler',
  role: 'CourierRole',
  // Lambda's longest: it works in slices of less than 10 minutes, and rests until its successor has taken over.
  timeout: 900,
  // A million entries are a ledger of 200 MB.
  memorySize: 1024,
  // One that works and its successor, of each fleet; and one that takes a generation for a vault.
  reservedConcurrency: 2 * carrying.length + carrying.filter(hasVault).length,
  // Who asked asks again when it hears nothing.
  maximumRetryAttempts: 0,
  maximumEventAge: 60,
  environment: { TABLE: { Ref: 'StateTable' } },
  vpc: { securityGroupIds: [securityGroup], subnetIds: subnets },
  package: { patterns: ['dist/courier/*.{js,json}'] },
});

/** @returns the function by name, or nothing */
const couriers = (fleets, network) => {
  const carrying = fleets.filter(({ sessions }) => sessions !== null);
  return carrying.length > 0 ? { courier: courierFunction(carrying, network) } : {};
};

/** What the watchers know it by; empty: there is none. */
const courierName = (fleets) =>
  fleets.some(({ sessions }) => sessions !== null) ? { Ref: 'CourierLambdaFunction' } : '';

module.exports = { sideResources, couriers, courierName };
