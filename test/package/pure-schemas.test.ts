/** What the bundler drops of the AWS SDK must not change what is sent, nor what is understood. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentCredentials, LAMBDA_OPTIONS, versionsOnly } from '../../tools/bundle.ts';
import { prune, pureSchemas } from '../../tools/pure-schemas.ts';
import { listen } from '../adapters/listen.ts';
import type * as Calls from './aws-calls.ts';
import type { Answered } from './aws-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'quorate-sdk-'));
const requests: string[] = [];

const xml = (action: string, inner: string): string =>
  `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`;

/** Answers with lists, dates, numbers, and errors of each protocol. */
const ANSWERS: Readonly<Record<string, readonly [number, string]>> = {
  DescribeInstances: [
    200,
    '<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-9</instanceId><launchTime>2020-01-01T00:00:00.000Z</launchTime><tagSet><item><key>k</key><value>v</value></item></tagSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>',
  ],
  TerminateInstances: [
    400,
    '<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>gone</Message></Error></Errors></Response>',
  ],
  DescribeAutoScalingGroups: [
    200,
    xml(
      'DescribeAutoScalingGroups',
      '<AutoScalingGroups><member><AutoScalingGroupName>g</AutoScalingGroupName><DesiredCapacity>3</DesiredCapacity><Instances><member><InstanceId>i</InstanceId><ProtectedFromScaleIn>true</ProtectedFromScaleIn></member></Instances></member></AutoScalingGroups>',
    ),
  ],
  TerminateInstanceInAutoScalingGroup: [
    400,
    '<ErrorResponse><Error><Type>Sender</Type><Code>ScalingActivityInProgress</Code><Message>busy</Message></Error></ErrorResponse>',
  ],
  DescribeTargetHealth: [
    200,
    xml(
      'DescribeTargetHealth',
      '<TargetHealthDescriptions><member><Target><Id>i</Id><Port>80</Port></Target><TargetHealth><State>unhealthy</State></TargetHealth></member></TargetHealthDescriptions>',
    ),
  ],
  DeregisterTargets: [
    400,
    '<ErrorResponse><Error><Type>Sender</Type><Code>TargetGroupNotFound</Code><Message>none</Message></Error></ErrorResponse>',
  ],
  UpdateAutoScalingGroup: [200, xml('UpdateAutoScalingGroup', '')],
  DescribeRules: [
    200,
    xml(
      'DescribeRules',
      '<Rules><member><RuleArn>arn</RuleArn><Priority>1</Priority><IsDefault>false</IsDefault><Conditions><member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>x</HttpHeaderName><Values><member>shop</member></Values></HttpHeaderConfig></member></Conditions><Actions><member><Type>authenticate-oidc</Type><Order>1</Order><AuthenticateOidcConfig><Issuer>i</Issuer></AuthenticateOidcConfig></member><member><Type>forward</Type><ForwardConfig><TargetGroups><member><TargetGroupArn>arn</TargetGroupArn><Weight>1</Weight></member></TargetGroups></ForwardConfig></member></Actions></member></Rules>',
    ),
  ],
  CreateRule: [200, xml('CreateRule', '')],
  ModifyListener: [200, xml('ModifyListener', '')],
  DeleteRule: [
    400,
    '<ErrorResponse><Error><Type>Sender</Type><Code>RuleNotFound</Code><Message>none</Message></Error></ErrorResponse>',
  ],
  GetItem: [200, '{"Item":{"pk":{"S":"fleet#api"},"version":{"N":"3"}}}'],
  UpdateItem: [
    400,
    '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}',
  ],
  PutEvents: [200, '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException"}]}'],
  PutMetricData: [
    400,
    '{"__type":"com.amazonaws.cloudwatch#LimitExceededFault","message":"too much"}',
  ],
  SendCommand: [400, '{"__type":"InvalidInstanceId","Message":"no agent"}'],
  ListCommandInvocations: [
    200,
    '{"CommandInvocations":[{"InstanceId":"i-1","Status":"Success","CommandPlugins":[{"Output":"killed"}]}]}',
  ],
  Invoke: [429, '{"Reason":"ConcurrentInvocationLimitExceeded","message":"slow"}'],
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await bodyOf(request);
  const { method, url, headers } = request;
  const target = String(headers['x-amz-target'] ?? '');
  requests.push([method, url, target, headers['content-type'], body].join(' '));
  const action = /Action=(\w+)/.exec(body)?.[1] ?? target.split('.').at(-1);
  const [status, text] = ANSWERS[action === '' || action === undefined ? 'Invoke' : action] ?? [];
  response.writeHead(status ?? 500, {
    'content-type': text?.startsWith('<') === true ? 'text/xml' : 'application/x-amz-json-1.1',
    ...(target === '' && text === ANSWERS['Invoke']?.[1]
      ? { 'x-amzn-errortype': 'TooManyRequestsException' }
      : {}),
  });
  response.end(text);
};

const server = createServer((request, response) => void answer(request, response));

let endpoint = '';
beforeAll(async () => {
  endpoint = `http://127.0.0.1:${await listen(server)}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

interface Round {
  readonly bytes: number;
  readonly requests: readonly string[];
  readonly answers: readonly Answered[];
}

const roundOf = async (name: string, plugins: (typeof pureSchemas)[]): Promise<Round> => {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    ...LAMBDA_OPTIONS,
    entryPoints: [resolve('test/package/aws-calls.ts')],
    outfile,
    plugins,
    metafile: true,
  });
  const { callAll } = (await import(pathToFileURL(outfile).href)) as typeof Calls;
  requests.length = 0;
  const answers = await callAll(endpoint);
  return { bytes: readFileSync(outfile).length, requests: [...requests], answers };
};

const withoutSuffix = (answers: readonly Answered[]): unknown =>
  JSON.parse(JSON.stringify(answers).replaceAll(/("code":"\w+?)(Exception|Fault)"/g, '$1"'));

describe('the pruned SDK', () => {
  it('sends the same and understands the same, in half the size', async () => {
    const plain = await roundOf('plain', []);
    const pruned = await roundOf('pruned', [pureSchemas, environmentCredentials, versionsOnly]);

    expect(plain.requests).toHaveLength(Object.keys(ANSWERS).length);
    expect(plain.answers).toHaveLength(Object.keys(ANSWERS).length);
    expect(pruned.requests).toEqual(plain.requests);
    // An error without a class of its own keeps the code that AWS sent; the class may add a suffix.
    expect(withoutSuffix(pruned.answers)).toEqual(withoutSuffix(plain.answers));
    expect(pruned.bytes).toBeLessThan(plain.bytes / 2);
  });

  it('fails the build when a schema file has nothing to wrap', async () => {
    const broken = build({
      ...LAMBDA_OPTIONS,
      stdin: { contents: "import './schemas/schemas_0.js'", resolveDir: folder },
      plugins: [
        {
          name: 'a new layout',
          setup: (bundler) => {
            bundler.onResolve({ filter: /schemas_0/ }, () => ({
              path: resolve('test/fixtures/@aws-sdk/client-x/dist-es/schemas/schemas_0.js'),
            }));
          },
        },
        pureSchemas,
      ],
      write: false,
      metafile: true,
      logLevel: 'silent',
    });

    await expect(broken).rejects.toThrow(/schemas_0/);
  });
});

describe('prune', () => {
  it('wraps top-level arrays, one line or many, and leaves the rest', () => {
    const { code, wrapped } = prune(
      ['export var A$ = [3, "n", 0];', 'const B = [1,', '  2', '];', 'const c = 1;'].join('\n'),
    );

    expect(wrapped).toBe(2);
    expect(code).toBe(
      [
        'export var A$ = /* @__PURE__ */ (() => [3, "n", 0])();',
        'const B = /* @__PURE__ */ (() => [1,',
        '  2',
        '])();',
        'const c = 1;',
      ].join('\n'),
    );
  });

  it('drops the classes of errors but for those that the source tells by class', () => {
    const kept = 'n0_registry.registerError(C$, ConditionalCheckFailedException);';
    const base = '_s_registry.registerError(S$, ServiceException);';
    const used = readFileSync('src/adapters/aws/dynamo-store.ts', 'utf8');

    expect(prune([kept, base, 'n0_registry.registerError(O$, Other);'].join('\n')).code).toBe(
      [kept, base, ''].join('\n'),
    );
    expect(used).toContain('instanceof ConditionalCheckFailedException');
  });
});
