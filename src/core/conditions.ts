/**
 * What a node or a cluster can be: closed sets, and the same words in state, log, metric, event, command line and runbook.
 * Each with its meaning in one clause, as `quorate explain` tells it.
 */
export const NODE_CONDITIONS = {
  Healthy: 'works and is listed by the core',
  Starting: 'launched or restarted within the start-up grace and not in the core yet',
  Zombie: 'fails on its own evidence, yet others list it: it hurts them',
  Stuck: 'answers, but its partition threads do no work: it hurts whoever needs its data',
  Island: 'works, but lists another cluster than the core: its users are in the wrong place',
  Ghost: 'its instance is gone, yet the core lists it and waits for it',
  Dead: 'fails, and nobody lists it',
  Severed:
    'works, but the link between it and another healthy member is cut; never evicted for that',
  Unreachable: 'witnesses disagree; never acted on',
  Impaired: 'works, but AWS finds its instance sick or will take it',
  Retiring: 'works, and is being replaced in good order',
  Unknown: 'cannot be judged; never acted on',
} as const;

export type NodeCondition = keyof typeof NODE_CONDITIONS;

export const CLUSTER_CONDITIONS = {
  Quorate: 'every seat is held by a working member of the core',
  Degraded: 'the core has a majority of the seats, but something is bad',
  Forming: 'members are starting, and may form a majority yet',
  Split: 'a majority works, but not together: each part lists itself alone',
  QuorumLost: 'some members work, and can be no majority any more',
  Down: 'no member works',
  Blind: 'no observer can see: hold still',
  Unknown: 'cannot be judged: hold still',
} as const;

export type ClusterCondition = keyof typeof CLUSTER_CONDITIONS;

/** The words of a closed set. */
export const namesOf = <Name extends string>(
  set: Readonly<Record<Name, string>>,
): readonly Name[] => Object.keys(set).filter((name): name is Name => name in set);
