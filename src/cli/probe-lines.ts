/** One round of probes for people. */
import type { ProbeReport } from '../report/probe.ts';
import { evidenceLines } from './explain-lines.ts';
import { labelled } from './layout.ts';
import { type Colour, paint, type Terminal } from './terminal.ts';

const COLOURS: Readonly<Record<ProbeReport['nodes'][number]['round'], Colour>> = {
  works: 'green',
  fails: 'red',
  unseen: 'yellow',
};

export const probeLines = (
  { fleet, nodes, blind }: ProbeReport,
  terminal: Terminal,
): readonly string[] => [
  `${paint(terminal, 'bold', fleet)}  one round, ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`,
  ...nodes.flatMap(({ instanceId, address, round, evidence }) => [
    '',
    `${paint(terminal, 'bold', instanceId)}  ${address}  ${paint(terminal, COLOURS[round], round)}`,
    ...evidence.flatMap(evidenceLines),
  ]),
  ...(blind.length === 0 ? [] : ['', ...labelled('note', `${blind.join(' and ')} saw nothing`)]),
];
