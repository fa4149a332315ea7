/** SDK clients for the lab's own calls, without a socket: each request goes straight to `send`. */

import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { PLAN } from '../parts.ts';
import type { HttpRequest, Reply } from './wire.ts';

export type Send = (request: HttpRequest) => Promise<Reply>;

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly dynamodb: DynamoDBClient;
  readonly ec2: EC2Client;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly events: EventBridgeClient;
  readonly s3: S3Client;
}

/** The lab's access key: its calls are marked `lab` in the journal. */
export const LAB_KEY = 'lab';

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export const connect = (send: Send): Clients => {
  const requestHandler = {
    handle: async (request: SdkRequest) => {
      const { method, path, headers } = request;
      const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      const body = bytesOf(request.body ?? '');
      const query = new URLSearchParams(request.query).toString();
      const target = query === '' ? path : `${path}?${query}`;
      const sent = { method, path: target, headers: Object.fromEntries(lower), body };
      const answer = await send(sent);
      const { status, headers: answered } = answer;
      return { response: { statusCode: status, headers: { ...answered }, body: answer.body } };
    },
  };
  const credentials = { accessKeyId: LAB_KEY, secretAccessKey: 'lab' };
  const endpoint = `http://${PLAN.endpoint}:${PLAN.endpointPort}`;
  const options = { region: PLAN.region, endpoint, credentials, maxAttempts: 1, requestHandler };
  return {
    autoScaling: new AutoScalingClient(options),
    dynamodb: new DynamoDBClient(options),
    ec2: new EC2Client(options),
    elb: new ElasticLoadBalancingV2Client(options),
    events: new EventBridgeClient(options),
    s3: new S3Client(options),
  };
};

const bytesOf = (body: string | Uint8Array): Buffer =>
  typeof body === 'string'
    ? Buffer.from(body)
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
