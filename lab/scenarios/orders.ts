/** Orders to hosts that get lost, come late or fail. The documents are the controller's: without it there are none. */
import type { Stage } from '../stage/stage.ts';

const documentsOf = ({ region }: Stage, end: string): readonly string[] =>
  [...region.ssm.documents.keys()].filter((name) => name.endsWith(end));

/**
 * No order gets through to a host any more, as when it is cut off. AWS takes minutes to say that its agent is lost, so
 * nobody is told.
 */
export const loseOrders = (stage: Stage, instanceId: string): void => {
  for (const document of documentsOf(stage, '')) stage.region.ssm.hold(instanceId, document);
};

/** Orders to kill are kept back. @returns delivers them */
export const holdKills = (stage: Stage, instanceId: string): (() => void) => {
  const releases = documentsOf(stage, 'kill-member').map((document) =>
    stage.region.ssm.hold(instanceId, document),
  );
  return () => {
    for (const release of releases) release();
  };
};

/** A host cannot refuse anybody. @returns ends it */
export const failFences = (stage: Stage, instanceId: string): (() => void) => {
  const ends = documentsOf(stage, 'fence-peer').map((document) =>
    stage.region.ssm.fail(instanceId, document),
  );
  return () => {
    for (const end of ends) end();
  };
};
