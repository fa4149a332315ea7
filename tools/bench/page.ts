/** docs/benchmarks.md, made of one report and of nothing else. Pure. */
import { baselineSection, incidentSection } from './comparison-sections.ts';
import { eagerSection, failureSection, goalSection } from './cure-sections.ts';
import { disturbedSection, doorsSection, quorumSection, sparedSection } from './other-sections.ts';
import type { Machine, Report } from './report.ts';
import { startupSection } from './startup-section.ts';

export const pageOf = (report: Report): string => {
  const sections = [
    preface(report),
    incidentSection(report),
    goalSection(report),
    eagerSection(report),
    baselineSection(report),
    quorumSection(report),
    disturbedSection(report),
    doorsSection(report),
    sparedSection(report),
    failureSection(report),
    startupSection(report),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
};

const preface = ({ sessions, startup }: Report): readonly string[] => {
  const { cpu, cores, memoryGiB, os, node, java } = startup.machine;
  const newest = sessions.at(-1);
  const isLater = newest !== undefined && newest.machine.date !== startup.machine.date;
  const later = isLater ? ` Start-up was measured on ${whenOf(startup.machine)}.` : '';
  return [
    '# Benchmarks',
    '',
    `Written by \`npm run bench\`, which writes the whole page anew: no figure in it is edited by hand.${later} Other pages take their`,
    'figures from here. Played by:',
    '',
    ...sessions.map(
      ({ command, machine, runs }) =>
        `- \`${command}\` on ${whenOf(machine)}: ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`,
    ),
    '',
    `Machine: ${cores} cores (${cpu}), ${memoryGiB} GiB, ${os}, Node ${node}, ${java}.`,
    'Real Hazelcast members, load balancer and users in namespaces of one machine, AWS emulated with its published delays',
    '([lab/README.md](../lab/README.md)): on AWS itself the figures will differ, their order will not.',
  ];
};

const whenOf = ({ date, commit }: Machine): string =>
  date.slice(0, 10) + (commit === null ? '' : ` (commit ${commit})`);
