/** EventBridge Scheduler: precise to a minute, so a schedule has its second in it, and is some seconds late. */
import { randomUUID } from 'node:crypto';
import { PLAN } from '../parts.ts';

export interface ScheduleSpec {
  readonly name: string;
  readonly everyMs: number;
  readonly functionName: string;
  /** In whose name the scheduler invokes. */
  readonly roleArn: string | null;
  /** Queue that gets what could not be delivered. */
  readonly deadLetterArn: string | null;
  /** With the scheduler's context attributes still in it. */
  readonly input: string;
}

export interface Schedules {
  start: (spec: ScheduleSpec) => void;
  names: () => readonly string[];
  /** Fires now, out of turn. */
  fire: (name: string) => void;
  /** Keeps the schedules from firing, as when the scheduler is down. */
  setPaused: (isPaused: boolean) => void;
  stop: () => void;
}

export interface SchedulesParts {
  readonly invoke: (spec: ScheduleSpec, event: string) => void;
  readonly random: () => number;
  /** The first tick comes this soon; `null`: at the schedule's own second, up to its whole rate later. */
  readonly firstTickInMs: number | null;
  readonly jitterMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** `rate(5 minutes)`; the lab knows no cron. @throws Error */
export const parseRate = (expression: string): number => {
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) {
    throw new Error(`The lab runs rate(...) schedules only, found ${expression}`);
  }
  return Number(count) * unitMs;
};

export const createSchedules = (parts: SchedulesParts): Schedules => {
  const { random, jitterMs, firstTickInMs } = parts;
  const specs = new Map<string, ScheduleSpec>();
  const timers = new Set<NodeJS.Timeout>();
  let isPaused = false;

  const later = (ms: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };
  const fire = (spec: ScheduleSpec, scheduledMs: number): void => {
    if (!isPaused) parts.invoke(spec, inputOf(spec, scheduledMs));
  };
  const plan = (spec: ScheduleSpec, dueMs: number): void =>
    later(Math.max(0, dueMs - Date.now()), () => {
      // Each tick has its own delay, but the grid stays.
      later(random() * jitterMs, () => fire(spec, dueMs));
      plan(spec, dueMs + spec.everyMs);
    });
  return {
    start: (spec) => {
      specs.set(spec.name, spec);
      const firstMs = random() * spec.everyMs;
      if (firstTickInMs === null) {
        plan(spec, Date.now() + firstMs);
        return;
      }
      later(firstTickInMs, () => fire(spec, Date.now()));
      plan(spec, Date.now() + firstTickInMs + spec.everyMs);
    },
    names: () => [...specs.keys()],
    fire: (name) => {
      const spec = specs.get(name);
      if (spec) fire(spec, Date.now());
    },
    setPaused: (paused) => {
      isPaused = paused;
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
};

const inputOf = (spec: ScheduleSpec, scheduledMs: number): string => {
  const attributes: Readonly<Record<string, string>> = {
    'scheduled-time': `${new Date(scheduledMs).toISOString().slice(0, 19)}Z`,
    'execution-id': randomUUID(),
    'attempt-number': '1',
    'schedule-arn': `arn:aws:scheduler:${PLAN.region}:${PLAN.account}:schedule/default/${spec.name}`,
  };
  return spec.input.replaceAll(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (whole, name: string) => attributes[name] ?? whole,
  );
};
