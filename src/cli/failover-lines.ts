/** A failover that is not done, for people: which way, what would happen, and what would be lost. */
import { printable } from '../printable.ts';
import type { FailoverReport } from '../report/failover.ts';
import { labelled } from './layout.ts';
import { caveatLines, headLine, heldLines } from './report-lines.ts';
import { paint, type Terminal } from './terminal.ts';

const PATHS: Readonly<Record<FailoverReport['path'], string>> = {
  move: 'a move to the other side',
  rebuild: 'rebuilt in place',
};

export const failoverLines = (report: FailoverReport, terminal: Terminal): readonly string[] => {
  const { atMs, path, because, expected, steps, against, answer, caveats } = report;
  const colour = answer.status === 'accepted' ? 'green' : 'yellow';
  return [
    headLine(report, terminal),
    '',
    ...labelled('way', PATHS[path]),
    ...labelled('because', printable(because)),
    ...(against.length === 0 ? [] : heldLines('no standby', against, atMs)),
    ...steps.flatMap((step, index) => labelled(index === 0 ? 'would do' : '', step)),
    ...labelled('lost', printable(expected)),
    ...(report.vault === null ? [] : labelled('vault', printable(report.vault))),
    ...report.notCarried.flatMap((what, index) =>
      labelled(index === 0 ? 'not moved' : '', printable(what)),
    ),
    '',
    ...labelled(
      'an order',
      `${paint(terminal, colour, answer.status)}: ${printable(answer.detail)}`,
    ),
    ...caveatLines(caveats, terminal),
  ];
};
