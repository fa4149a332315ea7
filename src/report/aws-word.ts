/** What AWS says of one instance, one clause each. */
import type { Impairment, Instance } from '../core/observation.ts';

export const awsWord = (instance: Instance): readonly string[] => [
  `EC2 ${instance.ec2State}`,
  `Auto Scaling ${instance.lifecycle}`,
  `load balancer ${instance.target}`,
  `agent ${AGENT[String(instance.agentOnline)] ?? 'not told'}`,
  ...instance.impairments.map(impairmentWords),
  ...(instance.tagged ? [] : ['no tag quorate:fleet']),
];

const AGENT: Readonly<Record<string, string>> = { true: 'online', false: 'lost' };

const impairmentWords = ({ kind, code, atMs }: Impairment): string => {
  const at = atMs === null ? '' : ` at ${new Date(atMs).toISOString()}`;
  return `${IMPAIRMENTS[kind]} ${code}${at}`;
};

const IMPAIRMENTS = {
  systemStatus: 'system status',
  instanceStatus: 'instance status',
  scheduledEvent: 'scheduled event',
  spotNotice: 'spot notice',
} as const;
