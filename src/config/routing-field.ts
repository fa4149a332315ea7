/** What leads a fleet's users to one of its two groups, as it stands in a fleets file: one of four kinds. */
import * as v from 'valibot';
import { BALANCER_ARNS, balancerProblem } from './balancer-arn.ts';
import { block, port, text, words } from './schema-parts.ts';
import { allowed } from './wording.ts';

const balancerArn = (kind: keyof typeof BALANCER_ARNS) =>
  v.pipe(
    v.string(allowed(BALANCER_ARNS[kind].allowed)),
    v.check(
      (arn) => balancerProblem(kind, arn) === null,
      (issue) => `found ${JSON.stringify(issue.input)}; ${balancerProblem(kind, issue.input)}`,
    ),
  );

const record = block({
  zone: v.pipe(
    text(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone such as Z0123456789ABCDEFGHIJ'),
    v.description('Hosted zone of Route 53.'),
  ),
  name: v.pipe(
    text(
      /^([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'a host name in lower case such as api.example.com',
    ),
    v.description('Of two weighted records, whose set identifiers are blue and green.'),
  ),
  type: v.pipe(
    v.optional(words(['A', 'AAAA', 'CNAME']), 'A'),
    v.description('Type of both. Default A.'),
  ),
});

export const routingField = v.pipe(
  v.optional(
    block({
      listener: v.pipe(
        v.optional(balancerArn('listener')),
        v.description(
          'Its default action sends users to one of the groups. Of an Application Load Balancer, or (unproven) of a Network Load Balancer.',
        ),
      ),
      rule: v.pipe(
        v.optional(balancerArn('rule')),
        v.description('Instead of the listener: the rule that sends users.'),
      ),
      classic: v.pipe(
        v.optional(
          text(
            /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/,
            'the name of a Classic Load Balancer',
          ),
        ),
        v.description(
          'Instead: a Classic Load Balancer that is attached to one of the groups (unproven).',
        ),
      ),
      record: v.pipe(
        v.optional(record),
        v.description('Instead: weighted records of Route 53, one for each group (unproven).'),
      ),
      protocol: v.pipe(
        v.optional(words(['http', 'https'])),
        v.description("The Application Load Balancer listener's. Default http."),
      ),
      port: v.pipe(
        v.optional(port),
        v.description("The Application Load Balancer listener's. Default 80, or 443 for https."),
      ),
    }),
  ),
  v.description('What leads users to one of the two groups.'),
);

export type RoutingEntry = NonNullable<v.InferOutput<typeof routingField>>;
