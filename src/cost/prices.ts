/**
 * AWS list prices in US dollars, without any free tier: other things in the account may use that up. Read in November 2026
 * from AWS's price pages and from published copies of its price list. Those of eu-central-1 that differ, DynamoDB and logs,
 * are AWS's prices of before November 2024, halved as DynamoDB's then were: check them in the AWS pricing calculator.
 */
export interface Prices {
  readonly lambdaPerMillionRequests: number;
  /** arm64, first tier. */
  readonly lambdaPerGbSecond: number;
  /** On demand: one for each KB of the item that is written. */
  readonly dynamoPerMillionWrites: number;
  /** On demand, strongly consistent: one for each 4 KB of the item that is read. */
  readonly dynamoPerMillionReads: number;
  /** A month, and by the hour in which it is sent. */
  readonly metric: number;
  readonly metricCallPer1000: number;
  /** Of standard resolution, a month. */
  readonly alarm: number;
  readonly dashboard: number;
  /** Written. Kept for 30 days it costs less than a cent. */
  readonly logsPerGb: number;
  readonly schedulePerMillion: number;
}

const US_EAST_1: Prices = {
  lambdaPerMillionRequests: 0.2,
  lambdaPerGbSecond: 0.0000133334,
  dynamoPerMillionWrites: 0.625,
  dynamoPerMillionReads: 0.125,
  metric: 0.3,
  metricCallPer1000: 0.01,
  alarm: 0.1,
  dashboard: 3,
  logsPerGb: 0.5,
  schedulePerMillion: 1,
};

export const PRICES: Readonly<Record<string, Prices>> = {
  'us-east-1': US_EAST_1,
  'eu-central-1': {
    ...US_EAST_1,
    dynamoPerMillionWrites: 0.7625,
    dynamoPerMillionReads: 0.1525,
    logsPerGb: 0.63,
  },
};

export const PRICES_AS_OF = '2026-11';
