/** The plan for people: what would be done, what holds it, who misbehaves. */
import { printable } from '../printable.ts';
import type { PlanReport, Step } from '../report/plan.ts';
import { paintCondition } from './colours.ts';
import { labelled, span } from './layout.ts';
import { caveatLines, headLine, heldLines } from './report-lines.ts';
import type { Terminal } from './terminal.ts';

export const planLines = (report: PlanReport, terminal: Terminal): readonly string[] => {
  const { atMs, mode, next, unheld, troubles, vault, nextCheckAtMs, caveats } = report;
  return [
    headLine(report, terminal),
    '',
    ...stepLines(next, atMs),
    ...(unheld === null ? [] : unheldLines(unheld, mode, atMs)),
    ...labelled('next look', `in ${span(nextCheckAtMs - atMs)}`),
    ...(vault === null ? [] : labelled('vault', printable(vault))),
    ...troubles.flatMap(({ instanceId, address, condition, because, leftMs, holds }) => [
      '',
      `${instanceId}  ${address}  ${paintCondition(terminal, condition)}`,
      ...labelled('because', because),
      ...(leftMs === null
        ? []
        : labelled('tolerance', leftMs > 0 ? `${span(leftMs)} left` : 'over')),
      ...heldLines('held by', holds, atMs),
    ]),
    ...caveatLines(caveats, terminal),
  ];
};

const stepLines = ({ acts, reason, lastLook, holds }: Step, nowMs: number): readonly string[] => {
  if (acts.length === 0) {
    const held = holds.length === 0 ? [] : heldLines('held by', holds, nowMs);
    return [
      ...labelled('would do', holds.length === 0 ? `nothing: ${reason}` : 'nothing'),
      ...held,
    ];
  }
  return [
    ...acts.flatMap((act, index) => labelled(index === 0 ? 'would do' : '', actWords(act))),
    ...labelled('because', reason),
    ...(lastLook ? labelled('before', 'one more look: if it works again, nothing is done') : []),
  ];
};

const actWords = ({ kind, instanceId, address, side }: Step['acts'][number]): string =>
  instanceId === null ? `${kind} ${side ?? ''}`.trim() : `${kind} ${instanceId} (${address ?? ''})`;

/** New fleets are in shadow so that people can compare. */
const unheldLines = (
  { acts, holds }: Step,
  mode: PlanReport['mode'],
  nowMs: number,
): readonly string[] => {
  const label = mode === 'shadow' ? 'in act' : 'unpaused';
  if (acts.length === 0) {
    return holds.length === 0 ? labelled(label, 'nothing either') : heldLines(label, holds, nowMs);
  }
  return acts.flatMap((act, index) => labelled(index === 0 ? label : '', actWords(act)));
};
