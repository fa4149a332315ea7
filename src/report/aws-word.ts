/** What AWS says of one instance, one clause each. */
import { describeImpairment } from '../core/condition.ts';
import type { Instance } from '../core/observation.ts';

export const awsWord = (instance: Instance): readonly string[] => [
  `EC2 ${instance.ec2State}`,
  `Auto Scaling ${instance.lifecycle}`,
  `load balancer ${instance.target}`,
  `agent ${AGENT[String(instance.agentOnline)] ?? 'not told'}`,
  ...instance.impairments.map(describeImpairment),
  ...(instance.tagged ? [] : ['no tag quorate:fleet']),
];

const AGENT: Readonly<Record<string, string>> = { true: 'online', false: 'lost' };
