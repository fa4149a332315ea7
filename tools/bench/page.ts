/** docs/benchmarks.md, made of one report and of nothing else. Pure. */
import { disturbedSection, failureSection, goalSection } from './cure-sections.ts';
import type { Machine, Report } from './report.ts';
import { startupSection } from './startup-section.ts';

export const pageOf = (report: Report): string => {
  const sections = [
    preface(report),
    goalSection(report),
    failureSection(report),
    disturbedSection(report),
    startupSection(report),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
};

const preface = ({ command, machine, startupMachine }: Report): readonly string[] => {
  const { cpu, cores, memoryGiB, os, node, java } = machine;
  const later =
    startupMachine.date === machine.date
      ? ''
      : ` Start-up and commands were measured on ${whenOf(startupMachine)}.`;
  return [
    '# Benchmarks',
    '',
    `Written by \`${command}\` on ${whenOf(machine)}: a run writes the whole page anew, and no figure in it is edited by hand.${later}`,
    'Other pages take their figures from here.',
    '',
    `Machine: ${cores} cores (${cpu}), ${memoryGiB} GiB, ${os}, Node ${node}, ${java}.`,
    'Real Hazelcast members, load balancer and users in namespaces of one machine, AWS emulated with its published delays',
    '([lab/README.md](../lab/README.md)): on AWS itself the figures will differ, their order will not.',
  ];
};

const whenOf = ({ date, commit }: Machine): string =>
  date.slice(0, 10) + (commit === null ? '' : ` (commit ${commit})`);
