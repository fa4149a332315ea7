/** Why a node is what it is, for people: everything that the decision rests on, in the order in which one asks. */
import type { Evidence } from '../report/evidence.ts';
import type { ExplainReport, NodeReport } from '../report/explain.ts';
import { paintCondition } from './colours.ts';
import { labelled, span } from './layout.ts';
import { caveatLines, headLine, heldLines } from './report-lines.ts';
import { paint, type Terminal } from './terminal.ts';

export const explainLines = (report: ExplainReport, terminal: Terminal): readonly string[] => [
  headLine(report, terminal),
  ...report.nodes.flatMap((node) => ['', ...nodeLines(node, report.atMs, terminal)]),
  ...caveatLines(report.caveats, terminal),
];

const nodeLines = (node: NodeReport, nowMs: number, terminal: Terminal): readonly string[] => {
  const { instanceId, address, condition, meaning, because, sinceMs, streaks, lists } = node;
  const lasting = sinceMs === null ? '' : ` for ${span(nowMs - sinceMs)}`;
  return [
    `${paint(terminal, 'bold', instanceId)}  ${address}  ${paintCondition(terminal, condition)}${lasting}`,
    ...labelled('means', meaning),
    ...labelled('because', because),
    ...node.evidence.flatMap(evidenceLines),
    ...streaks.flatMap((streak) => labelled('tolerance', streakWords(streak, nowMs))),
    ...labelled('lists', lists === null ? 'no list that counts' : lists.join(', ')),
    ...labelled('listed by', node.listedBy.length === 0 ? 'nobody' : node.listedBy.join(', ')),
    ...labelled('AWS', node.aws.join(', ')),
    ...heldLines('held by', node.holds, nowMs),
    ...labelled('next', node.next),
  ];
};

/** One observer's round; the same for `probe`. */
export const evidenceLines = ({ observer, says, answers }: Evidence): readonly string[] => {
  const words = answers.map(({ probe, answer }) => `${probe} ${answer}`).join('; ');
  return labelled('seen by', `${observer}: ${says}${words === '' ? '' : `; ${words}`}`);
};

const streakWords = (
  { observer, evidence, sinceMs, leftMs, reached, quietSinceMs }: NodeReport['streaks'][number],
  nowMs: number,
): string => {
  const left = leftMs > 0 ? `${span(leftMs)} left` : 'over';
  const quiet = quietSinceMs === null ? '' : `, content again for ${span(nowMs - quietSinceMs)}`;
  const way = reached ? '' : ', never got through to its host';
  return `${observer}: ${evidence} for ${span(nowMs - sinceMs)}, ${left}${quiet}${way}`;
};
