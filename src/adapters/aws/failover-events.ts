/** One tick's report of a failover as events: that it began, each step of it, and how it ended. */
import type { Act, Performed } from '../../core/acts.ts';
import { FAILOVER_WORDS } from '../../core/describe-failover.ts';
import type { Failover } from '../../core/failover-ledger.ts';
import type { Report } from '../../core/model.ts';
import { announcements, counted, sessionsOf } from './announcements.ts';
import type { QuorateEvent } from './event-schemas.ts';

export const failoverEvents = (report: Report): readonly QuorateEvent[] => [
  ...startEvents(report),
  ...phaseEvents(report),
  ...announcements(report),
  ...endEvents(report),
];

const everyOf = ({ fleet, atMs, mode }: Report, { fence, path, from, to }: Failover) => ({
  fleet,
  atMs,
  mode,
  fence,
  path,
  from,
  to,
});

const startEvents = (report: Report): readonly QuorateEvent[] => {
  const { failover, failoverBefore } = report;
  if (failover === null || failover.fence === failoverBefore?.fence) return [];
  const { begunBy, because, expected, size } = failover;
  const detail = { ...everyOf(report, failover), begunBy, because, expected, size };
  return [{ name: 'FailoverStarted', detail }];
};

/** A phase is told when it begins: of `switch`, before users go; of `drain`, after. */
const phaseEvents = (report: Report): readonly QuorateEvent[] => {
  const { failover, failoverBefore } = report;
  if (failover === null) return [];
  const { fence, phase, undoneFor } = failover;
  if (failoverBefore?.fence === fence && failoverBefore.phase === phase) return [];
  return [
    {
      name: 'FailoverStepped',
      detail: {
        ...everyOf(report, failover),
        phase,
        act: null,
        side: null,
        instanceId: null,
        outcome: null,
        detail: undoneFor ?? FAILOVER_WORDS[phase],
      },
    },
  ];
};

/** `null`: the act is no failover's. */
export const failoverActEvent = (
  report: Report,
  act: Act,
  { outcome, detail }: Pick<Performed, 'outcome' | 'detail'>,
): QuorateEvent | null => {
  const failover = report.failover ?? report.failoverBefore;
  if (failover === null) return null;
  const about =
    'target' in act
      ? { side: null, instanceId: act.target.instanceId }
      : { side: act.side, instanceId: null };
  const { phase } = failover;
  return {
    name: 'FailoverStepped',
    detail: { ...everyOf(report, failover), phase, act: act.kind, ...about, outcome, detail },
  };
};

const endEvents = (report: Report): readonly QuorateEvent[] => {
  const { failover, failoverBefore: ended, carried } = report;
  if (ended === null || failover?.fence === ended.fence) return [];
  const undoneFor = ended.undoneFor ?? failover?.because ?? null;
  const detail = {
    ...everyOf(report, ended),
    ended: undoneFor === null ? ('completed' as const) : ('undone' as const),
    because: undoneFor ?? ended.because,
    tookMs: report.atMs - ended.startedAtMs,
    sessions: counted(sessionsOf(carried, ended.fence)),
  };
  return [{ name: 'FailoverEnded', detail }];
};
