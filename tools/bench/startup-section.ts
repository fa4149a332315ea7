/** What the page says of the bundle, and of the commands that were measured. Pure. */
import { MILLISECONDS, spread, table } from './figures.ts';
import type { Report } from './report.ts';
import { BUNDLE_MAX_BYTES, IMPORT_MAX_MS, isInTime, isLight, isQuick } from './verdict.ts';

export const startupSection = ({ startup, commands }: Report): readonly string[] => {
  const { bundleBytes, importMs } = startup;
  const yes = (isMet: boolean): string => (isMet ? 'yes' : '**no**');
  return [
    '## Start-up and commands',
    '',
    ...table(
      ['what', 'measured', 'goal', 'met'],
      [
        [
          "controller's bundle",
          `${(bundleBytes / 1024).toFixed(0)} KiB`,
          `under ${BUNDLE_MAX_BYTES / 1024} KiB`,
          yes(isLight(startup)),
        ],
        [
          `its import, ${importMs.length} fresh processes`,
          spread(importMs, MILLISECONDS),
          `under ${IMPORT_MAX_MS} ms`,
          yes(isQuick(startup)),
        ],
        ...commands.map((timed) => [
          `\`${timed.command}\`, from start to end${timed.exitCode === 0 ? '' : ` (exit code ${timed.exitCode})`}`,
          `${Math.round(timed.wallMs / 1_000)} s`,
          `under ${timed.goalMs / 1_000} s`,
          yes(isInTime(timed)),
        ]),
      ],
    ),
  ];
};
