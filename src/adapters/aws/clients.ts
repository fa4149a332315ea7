/**
 * The SDK clients, made once per process. Region, endpoint and credentials come from the SDK's own environment.
 *
 * Two of each where it matters. `retried` is for calls that may be sent twice: reads, and writes that say the same
 * when repeated. `once` is for mutating calls: a retry of ours may arrive after the lease has passed to somebody else,
 * and a repeated conditional write reads its own first try as a lost race.
 */
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';

/** A regional endpoint accepts in a few ms, TLS included in some tens; a second is a fault of the way to it. */
const CONNECT_TIMEOUT_MS = 1_000;
/** One attempt. Describe calls answer in 50-300 ms; callers set a tighter deadline for the whole call. */
const REQUEST_TIMEOUT_MS = 3_000;
/** The first wait is at most 0.5 s after throttling; a second one could be 1 s, and a tick must not be 2 s late (I2). */
export const RETRIED_ATTEMPTS = 2;
/** A probe round lasts as long as its probes; the observer's caller sets the real deadline. */
const INVOKE_TIMEOUT_MS = 15_000;

interface Attempted {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly balancing: ElasticLoadBalancingV2Client;
  readonly ssm: SSMClient;
  readonly dynamo: DynamoDBClient;
}

interface ClientOptions {
  readonly maxAttempts: number;
  readonly requestHandler: {
    readonly httpAgent: Agent;
    readonly httpsAgent: TlsAgent;
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
}

export interface AwsClients {
  readonly once: Attempted & { readonly lambda: LambdaClient };
  readonly retried: Attempted & {
    readonly events: EventBridgeClient;
    readonly cloudWatch: CloudWatchClient;
  };
  /** Of a client that hardly anybody needs: whoever does makes it, over the same connections. */
  readonly options: (maxAttempts: number) => ClientOptions;
  /** Closes the connections. */
  readonly destroy: () => void;
}

export const createClients = (): AwsClients => {
  // Shared, so that a mutating call goes over the connection that a read has just used: one that
  // died while a function was frozen would make the act's outcome unknown for nothing.
  const httpAgent = new Agent({ keepAlive: true, maxSockets: 50 });
  const httpsAgent = new TlsAgent({ keepAlive: true, maxSockets: 50 });
  const options = (maxAttempts: number, requestTimeout = REQUEST_TIMEOUT_MS): ClientOptions => ({
    maxAttempts,
    requestHandler: {
      httpAgent,
      httpsAgent,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout,
      throwOnRequestTimeout: true,
    },
  });
  const attempted = (maxAttempts: number): Attempted => ({
    autoScaling: new AutoScalingClient(options(maxAttempts)),
    ec2: new EC2Client(options(maxAttempts)),
    balancing: new ElasticLoadBalancingV2Client(options(maxAttempts)),
    ssm: new SSMClient(options(maxAttempts)),
    dynamo: new DynamoDBClient(options(maxAttempts)),
  });
  return {
    once: { ...attempted(1), lambda: new LambdaClient(options(1, INVOKE_TIMEOUT_MS)) },
    retried: {
      ...attempted(RETRIED_ATTEMPTS),
      events: new EventBridgeClient(options(RETRIED_ATTEMPTS)),
      cloudWatch: new CloudWatchClient(options(RETRIED_ATTEMPTS)),
    },
    options: (maxAttempts) => options(maxAttempts),
    destroy: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
};
