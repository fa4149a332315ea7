/** What EC2 has against an instance: status checks, scheduled events, spot notices. A scenario says so, or a lost host. */
import type { Instance } from './instance.ts';

/** Any other word may come one day. */
export type CheckWord = 'ok' | 'impaired' | 'initializing' | 'insufficient-data' | (string & {});

export interface ScheduledEvent {
  /** `instance-retirement`, `instance-stop`, `instance-reboot`, `system-reboot`, `system-maintenance`. */
  readonly code: string;
  readonly notBeforeMs: number;
  /** AWS puts `[Completed]` or `[Canceled]` in front when it is over. */
  readonly description?: string;
}

export interface Findings {
  readonly system?: CheckWord;
  readonly instance?: CheckWord;
  readonly events?: readonly ScheduledEvent[];
  /** Status code of its spot request, such as `fulfilled` or `marked-for-termination`; an instance without one is no spot instance. */
  readonly spot?: string;
}

export interface Patience {
  /** How long checks may be `impaired` before Auto Scaling heeds them ("a few minutes"). */
  impairedMs: number;
  /** The same for a scheduled event that has been announced. AWS does not publish it. */
  scheduledEventMs: number;
  /** How long after a host lost its power EC2 notices: checks run every minute. */
  lostPowerMs: number;
  /** How long a new instance's checks are `initializing`. */
  initializingMs: number;
}

export interface Ec2Status {
  /** May be changed at any time. */
  readonly patience: Patience;
  /** What is not mentioned stays as it is. */
  set: (instanceId: string, findings: Findings) => void;
  clear: (instanceId: string) => void;
  of: (instance: Instance) => Status;
  /** What makes Auto Scaling call the instance unhealthy by now. */
  unhealthyBy: (instance: Instance) => 'status' | 'event' | null;
}

export interface Status {
  readonly system: CheckWord;
  readonly instance: CheckWord;
  readonly events: readonly ScheduledEvent[];
  readonly spot: string | null;
}

interface Known {
  readonly findings: Findings;
  readonly impairedSinceMs: number | null;
  readonly announcedAtMs: number | null;
}

const PATIENCE: Patience = {
  impairedMs: 180_000,
  scheduledEventMs: 180_000,
  lostPowerMs: 120_000,
  initializingMs: 60_000,
};

export const createEc2Status = (patience: Partial<Patience> = {}): Ec2Status => {
  const known = new Map<string, Known>();
  const settings: Patience = { ...PATIENCE, ...patience };
  const checksOf = (instance: Instance): CheckWord => {
    if (instance.state !== 'running') return 'not-applicable';
    if (isOver(instance.powerLostAtMs, settings.lostPowerMs)) return 'impaired';
    return isOver(instance.runningSinceMs, settings.initializingMs) ? 'ok' : 'initializing';
  };
  return {
    patience: settings,
    set: (instanceId, findings) => {
      const before = known.get(instanceId);
      const merged = { ...before?.findings, ...findings };
      known.set(instanceId, {
        findings: merged,
        impairedSinceMs: since(isImpaired(merged), before?.impairedSinceMs),
        announcedAtMs: since(isAnnounced(merged), before?.announcedAtMs),
      });
    },
    clear: (instanceId) => void known.delete(instanceId),
    of: (instance) => {
      const checks = checksOf(instance);
      const found = known.get(instance.id)?.findings;
      const said = checks === 'not-applicable' ? undefined : found;
      return {
        system: said?.system ?? checks,
        instance: said?.instance ?? checks,
        events: found?.events ?? [],
        spot: found?.spot ?? null,
      };
    },
    unhealthyBy: (instance) => {
      const { impairedSinceMs = null, announcedAtMs = null } = known.get(instance.id) ?? {};
      const lost = instance.powerLostAtMs;
      const noticedMs = lost === null ? null : lost + settings.lostPowerMs;
      if (isOver(impairedSinceMs ?? noticedMs, settings.impairedMs)) return 'status';
      return isOver(announcedAtMs, settings.scheduledEventMs) ? 'event' : null;
    },
  };
};

const isImpaired = ({ system, instance }: Findings): boolean =>
  system === 'impaired' || instance === 'impaired';

const isAnnounced = ({ events = [] }: Findings): boolean =>
  events.some(({ description = '' }) => !/^\[(Completed|Canceled)\]/.test(description));

const since = (isSo: boolean, beforeMs: number | null | undefined): number | null =>
  isSo ? (beforeMs ?? Date.now()) : null;

const isOver = (sinceMs: number | null, ms: number): boolean =>
  sinceMs !== null && Date.now() - sinceMs >= ms;
