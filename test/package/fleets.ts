/** Fleets files of every kind that the template knows. */
import { readFileSync } from 'node:fs';

const BALANCER = 'app/web/50dc6c495c0c9188';
const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012';
export const LISTENER = `${ARN}:listener/${BALANCER}/0467ef3c8400ae65`;
export const RULE = `${ARN}:listener-rule/${BALANCER}/1111111111111111/9683b2d02a6cabee`;

const ONE = `
fleets:
  api: { mode: act, group: api, networks: [10.77.0.0/16], member: { service: api.service } }
`;

/** One with a listener and sessions, one with a rule, one in shadow: no right to do anything for that one. */
const THREE = `
fleets:
  api-1:
    mode: act
    group: api
    networks: [10.77.0.0/16]
    member: { service: api.service, cluster: blue }
    application: { port: 8080, path: /health }
    standby: { group: api-green, cluster: green }
    routing: { listener: "${LISTENER}" }
    sessions: { maps: [sessions] }
  shop:
    mode: act
    group: shop
    networks: [10.77.0.0/16]
    member: { service: shop.service, cluster: blue }
    application: { port: 8080, path: /health }
    standby: { group: shop-green, cluster: green }
    routing: { rule: "${RULE}" }
  web: { group: web, networks: [10.77.0.0/16], member: { service: web.service } }
`;

/** As users are told to write it. */
const [, FRUGAL_POLICY = 'docs/deploy.md has no frugal policy'] =
  /<!-- frugal -->\n```yaml\n( {4}policy: .*\n)/.exec(readFileSync('docs/deploy.md', 'utf8')) ?? [];

/** One that is watched, one that is looked at once a minute. */
const TWO = `
fleets:
  api-1: { group: api, networks: [10.77.0.0/16], member: { service: api.service } }
  slow:
    group: slow
    networks: [10.77.0.0/16]
    member: { service: slow.service }
${FRUGAL_POLICY}`;

const EXAMPLE_FILE = 'fleets.example.yml';
const EXAMPLE = readFileSync(EXAMPLE_FILE, 'utf8');

export interface FleetsFile {
  readonly text: string;
  /** Where it is; written to a file of its own when it is nowhere. */
  readonly file?: string;
  /** Of `npm run package`. */
  readonly options?: readonly string[];
}

/** Nobody pays for a dashboard unasked. */
const DRAWN = ['--param', 'dashboard=yes'];

/** All that is packaged here. */
export const FLEETS = {
  example: { text: EXAMPLE, file: EXAMPLE_FILE },
  /** The example, looked at once a minute. */
  frugal: { text: EXAMPLE.replace(/ {4}policy:\n(?: {6}.*\n)*/, FRUGAL_POLICY), options: DRAWN },
  one: { text: ONE },
  two: { text: TWO, options: ['--stage', 'test', ...DRAWN] },
  three: {
    text: THREE,
    options: ['--param', 'subnetA=subnet-zone-a', '--param', 'subnetB=subnet-zone-b'],
  },
} satisfies Readonly<Record<string, FleetsFile>>;
