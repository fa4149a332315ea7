/** The shape of a fleets file, field by field. `docs/fleets.schema.json` is generated from it, for editors. */
import * as v from 'valibot';
import { DEFAULT_POLICY } from '../core/policy.ts';
import { durationField, durationOr } from './duration-field.ts';
import { NETWORK_ALLOWED, networkProblem } from './network.ts';
import { POLICY_FIELDS, type PolicyField } from './policy-fields.ts';
import { routingField } from './routing-field.ts';
import { block, port, text, wholeNumber, words } from './schema-parts.ts';
import { vaultField } from './vault-field.ts';
import { WEBHOOK_ALLOWED, webhookProblem } from './webhook.ts';
import { allowed } from './wording.ts';

const policyField = ({ key, isDuration, help, min, max }: PolicyField) => {
  const standard = DEFAULT_POLICY[key];
  if (!isDuration) {
    const count = wholeNumber(min, max, `a whole number from ${min} to ${max}`);
    return v.optional(v.pipe(count, v.description(`${help} Default ${standard}.`)));
  }
  return v.optional(durationField({ standardMs: standard, minMs: min, maxMs: max, help }));
};

const policyFields = Object.fromEntries(
  POLICY_FIELDS.map((field) => [field.name, policyField(field)]),
);

const NAME_ALLOWED =
  'a name of 1 to 32 lower-case letters, digits and dashes, beginning with a letter';

/** Also the value of the opt-in tag and part of resource names, so it is kept plain. */
const fleetName = text(/^[a-z][a-z0-9-]{0,31}$/, NAME_ALLOWED);

const groupName = text(/^[ -9;-~]{1,255}$/, 'the name of an Auto Scaling group');
const clusterName = text(/^[!-~]{1,128}$/, 'a cluster name without spaces');
const mapName = text(/^[ -~]{1,256}$/, 'the name of a map');

/** An entry that ends sooner would be over before its user calls again. */
const leastTtl = durationOr({
  standardMs: 5_000,
  minMs: 0,
  maxMs: 3_600_000,
  help: 'An entry that ends sooner is not carried.',
});

/** Where a fleet can move to, who leads users there, and what goes with them. */
const sideFields = {
  standby: v.pipe(
    v.optional(
      block({
        group: v.pipe(
          groupName,
          v.description('Auto Scaling group, usually with no instances. Tagged as the first one.'),
        ),
        cluster: v.pipe(
          clusterName,
          v.description("Hazelcast's cluster name there; never the same as in member."),
        ),
      }),
    ),
    v.description('A second group, for a new cluster when the first one is lost. Needs routing.'),
  ),
  routing: routingField,
  sessions: v.pipe(
    v.optional(
      block({
        maps: v.pipe(
          v.array(mapName, allowed('a list of map names such as [sessions]')),
          v.minLength(1, 'found an empty list; allowed: at least one map'),
          v.description('Maps whose entries are carried to the new cluster.'),
        ),
        entriesPerS: v.pipe(
          v.optional(wholeNumber(1, 1_000_000, 'a whole number from 1 to 1000000'), 15_000),
          v.description('At most so many entries a second. Default 15000.'),
        ),
        leastTtl,
        vault: vaultField,
      }),
    ),
    v.description('What is carried to the standby. Needs standby and Hazelcast 4.x or 5.x.'),
  ),
};

const network = v.pipe(
  v.string(allowed(NETWORK_ALLOWED)),
  v.check(
    (cidr) => networkProblem(cidr) === null,
    (issue) => `found ${JSON.stringify(issue.input)}; ${networkProblem(issue.input)}`,
  ),
);

export const fleetSchema = block({
  mode: v.pipe(
    v.optional(words(['shadow', 'act']), 'shadow'),
    v.description('shadow: decide and tell, act on nothing. act: evict and replace.'),
  ),
  kind: v.pipe(v.optional(words(['hazelcast']), 'hazelcast'), v.description('Kind of cluster.')),
  group: v.pipe(
    groupName,
    v.description('Auto Scaling group. It and its instances carry the tag quorate:fleet=<fleet>.'),
  ),
  networks: v.pipe(
    v.array(network, allowed('a list of IPv4 blocks such as [10.77.0.0/16]')),
    v.minLength(1, 'found an empty list; allowed: at least one IPv4 block'),
    v.description('IPv4 blocks that hold the instances: observers connect to nothing else.'),
  ),
  member: v.pipe(
    block({
      port: v.pipe(v.optional(port, 5701), v.description("Hazelcast's port, REST included.")),
      service: v.pipe(
        text(
          /^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,119}\.service$/,
          'a systemd unit such as api-server.service',
        ),
        v.description('systemd unit that runs the member on its host.'),
      ),
      version: v.pipe(
        v.optional(words(['2.x', '3.x', '4.x', '5.x']), '5.x'),
        v.description('Line of Hazelcast. Default 5.x.'),
      ),
      cluster: v.pipe(
        v.optional(clusterName, 'dev'),
        v.description("Hazelcast's cluster name (group name before 4.0). Default dev."),
      ),
      canary: v.pipe(
        v.optional(
          text(/^[A-Za-z0-9][\w.-]{0,127}$/, 'the name of a map, or off'),
          'quorate-canary',
        ),
        v.description(
          'Map without a MapStore that the canary reads a missing key of, or off. Default quorate-canary.',
        ),
      ),
    }),
    v.description('The Hazelcast process.'),
  ),
  application: v.pipe(
    v.optional(
      block({
        port,
        path: text(/^\/[!-~]{0,511}$/, 'a path that begins with / and has no spaces'),
      }),
    ),
    v.description('What users call; a 2xx answer is good. A symptom, never a verdict on a member.'),
  ),
  memory: v.pipe(
    v.optional(
      block({
        port,
        format: v.optional(words(['prometheus', 'actuator', 'jolokia']), 'prometheus'),
        path: v.optional(text(/^\/[!-~]{0,511}$/, 'a path that begins with / and has no spaces')),
      }),
    ),
    v.description(
      "Where the JVM's memory is told: Prometheus text (default path /metrics), Spring Boot Actuator (/actuator/metrics) or Jolokia (/jolokia).",
    ),
  ),
  ...sideFields,
  announce: v.pipe(
    v.optional(
      block({
        webhook: v.pipe(
          v.string(allowed(WEBHOOK_ALLOWED)),
          v.check(
            (address) => webhookProblem(address) === null,
            (issue) => `found ${JSON.stringify(issue.input)}; ${webhookProblem(issue.input)}`,
          ),
          v.description('Where EventBridge posts the events of a failover.'),
        ),
        secret: v.pipe(
          text(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'the name of a secret of Secrets Manager'),
          v.description(
            'Secret of Secrets Manager: what the header x-quorate-key says. Never the key itself.',
          ),
        ),
      }),
    ),
    v.description('Who is told, beside the event bus, that users are led to another cluster.'),
  ),
  profile: v.pipe(
    v.optional(words(['careful', 'balanced', 'eager']), 'balanced'),
    v.description(
      'How long a member may misbehave: careful 30s/15s, balanced 10s/5s, eager 4s/3s.',
    ),
  ),
  prefer: v.pipe(
    v.optional(words(['data', 'mitigation']), 'mitigation'),
    v.description(
      'When copies are not made again in time after a loss: data waits with the next kill for as long as it takes, mitigation goes on.',
    ),
  ),
  failover: v.pipe(
    v.optional(words(['tell', 'act']), 'tell'),
    v.description(
      'When the majority is lost: tell decides and tells, and begins when a person orders it; act begins by itself. Default tell.',
    ),
  ),
  policy: v.pipe(
    v.optional(block(policyFields), {}),
    v.description('Overrides of single numbers. Rarely needed.'),
  ),
});

export const fleetsSchema = block({
  fleets: v.pipe(
    v.record(fleetName, fleetSchema, allowed('a block with one entry for each fleet')),
    v.minEntries(1, 'found no fleet; allowed: at least one'),
    v.description('What is watched as one, by name.'),
  ),
});

export type FleetEntry = v.InferOutput<typeof fleetSchema>;
