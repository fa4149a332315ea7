/** What the reports have in common when people read them: the head, who is held by what, what one look cannot know. */

import type { Hold } from '../core/model.ts';
import { printable } from '../printable.ts';
import { paintCondition } from './colours.ts';
import { labelled, span } from './layout.ts';
import { paint, type Terminal } from './terminal.ts';

interface Head {
  readonly fleet: string;
  readonly cluster: { readonly condition: string; readonly because: string };
}

export const headLine = ({ fleet, cluster }: Head, terminal: Terminal): string =>
  `${paint(terminal, 'bold', fleet)}  ${paintCondition(terminal, cluster.condition)}: ${printable(cluster.because)}`;

type Held = Pick<Hold, 'reason' | 'untilMs'> & { readonly rail: string };

/** One below the other; the label stands beside the first. */
export const heldLines = (
  label: string,
  holds: readonly Held[],
  nowMs: number,
): readonly string[] => {
  const words = holds.map(({ rail, reason, untilMs }) => {
    const left = untilMs !== null && untilMs > nowMs ? `, ${span(untilMs - nowMs)} more` : '';
    return `${rail}: ${printable(reason)}${left}`;
  });
  if (words.length === 0) return labelled(label, 'no rail');
  return words.flatMap((line, index) => labelled(index === 0 ? label : '', line));
};

export const caveatLines = (caveats: readonly string[], terminal: Terminal): readonly string[] =>
  caveats.length === 0
    ? []
    : [
        '',
        ...caveats
          .flatMap((caveat) => labelled('note', caveat))
          .map((line) => paint(terminal, 'yellow', line)),
      ];
