/** Real HTTP health checks, one loop for each target that a rule can reach. */
import { request } from 'node:http';
import type { BalancerSpec, BalancerTarget, TargetGroupSpec } from '../parts.ts';
import {
  activeTargets,
  afterCheck,
  type CheckResult,
  type CheckState,
  type Checks,
  groupsInUse,
  targetKey,
  UNCHECKED,
} from './health.ts';

/** `Target.HealthCheckMatcher`: ELBv2's default for HTTP. */
const EXPECTED_STATUS = 200;

/**
 * One check on a connection of its own. No connection, or garbage: `Target.FailedHealthChecks`; connected but silent:
 * `Target.Timeout` (ELBv2 API, TargetHealth).
 */
export const checkOnce = (
  target: BalancerTarget,
  check: Pick<TargetGroupSpec['healthCheck'], 'port' | 'path' | 'timeoutMs'>,
): Promise<CheckResult> =>
  new Promise((resolve) => {
    const port = check.port ?? target.port;
    let connected = false;
    const outgoing = request({
      host: target.address,
      port,
      path: check.path,
      agent: false,
      headers: {
        host: `${target.address}:${port}`,
        'user-agent': 'ELB-HealthChecker/2.0',
        connection: 'close',
      },
    });
    const end = (result: CheckResult): void => {
      clearTimeout(timer);
      resolve(result);
      outgoing.destroy();
    };
    // Not the socket's idle time-out: an answer byte by byte is as late as none.
    const timer = setTimeout(
      () => end(connected ? 'Target.Timeout' : 'Target.FailedHealthChecks'),
      check.timeoutMs,
    );
    outgoing.on('socket', (socket) => socket.once('connect', () => (connected = true)));
    outgoing.on('response', (response) => {
      response.resume();
      end(response.statusCode === EXPECTED_STATUS ? 'pass' : 'Target.ResponseCodeMismatch');
    });
    outgoing.on('error', () => end('Target.FailedHealthChecks'));
    outgoing.end();
  });

interface Loop {
  state: CheckState;
  timer: NodeJS.Timeout | null;
}

export interface Checker {
  configure(spec: BalancerSpec): void;
  checks(): Checks;
}

/** @param onResult called after every check that was counted. */
export const createChecker = (onResult: () => void): Checker => {
  const loops = new Map<string, Loop>();
  let groups = new Map<string, TargetGroupSpec>();

  const run = async (key: string, groupArn: string, target: BalancerTarget): Promise<void> => {
    const loop = loops.get(key);
    const group = groups.get(groupArn);
    if (loop === undefined || group === undefined) return;
    const { healthCheck } = group;
    loop.timer = null;
    const startedAt = performance.now();
    const result = await checkOnce(target, healthCheck);
    // Deregistered meanwhile, and perhaps registered anew: this result speaks of neither.
    if (loops.get(key) !== loop) return;
    loop.state = afterCheck(loop.state, result, healthCheck);
    const restMs = startedAt + healthCheck.intervalMs - performance.now();
    loop.timer = setTimeout(() => void run(key, groupArn, target), Math.max(0, restMs));
    onResult();
  };

  const configure = (spec: BalancerSpec): void => {
    groups = new Map(spec.targetGroups.map((group) => [group.arn, group]));
    const used = groupsInUse(spec);
    const wanted = new Map(
      spec.targetGroups
        .filter((group) => used.has(group.arn))
        .flatMap((group) => activeTargets(group).map((target) => ({ group, target })))
        .map((each) => [targetKey(each.group.arn, each.target), each] as const),
    );
    for (const [key, loop] of loops) {
      if (wanted.has(key)) continue;
      if (loop.timer !== null) clearTimeout(loop.timer);
      loops.delete(key);
    }
    for (const [key, { group, target }] of wanted) {
      if (loops.has(key)) continue;
      loops.set(key, { state: UNCHECKED, timer: null });
      void run(key, group.arn, target);
    }
  };

  return {
    configure,
    checks: () => Object.fromEntries([...loops].map(([key, loop]) => [key, loop.state])),
  };
};
