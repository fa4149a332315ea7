/** Commands that hosts were asked to run and of which no end is known yet. */
import type { State } from './model.ts';
import type { InstanceId } from './observation.ts';
import { commandInFlight } from './rungs.ts';

interface OpenCommand {
  readonly commandId: string;
  readonly instanceIds: readonly InstanceId[];
}

export const openCommands = ({
  inFlight,
  retirement,
  fences,
}: Pick<State, 'inFlight' | 'retirement' | 'fences'>): readonly OpenCommand[] => {
  const killId = commandInFlight(inFlight);
  const stopId = retirement?.commandId ?? null;
  return [
    ...(inFlight === null || killId === null
      ? []
      : [{ commandId: killId, instanceIds: [inFlight.instanceId] }]),
    ...(retirement === null || stopId === null
      ? []
      : [{ commandId: stopId, instanceIds: [retirement.instanceId] }]),
    ...ofFences(fences),
  ];
};

const ofFences = (fences: State['fences']): readonly OpenCommand[] => {
  const open = fences.flatMap(({ hosts }) => hosts.filter(({ status }) => status === 'asked'));
  const ids = [...new Set(open.flatMap(({ commandId }) => commandId ?? []))];
  return ids.map((commandId) => ({
    commandId,
    instanceIds: open.filter((host) => host.commandId === commandId).map((host) => host.instanceId),
  }));
};
