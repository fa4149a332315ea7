/** The load balancer's own process: listens, checks its targets, forwards. Configured by its parent. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { followParent } from '../child.ts';
import type { BalancerSpec } from '../parts.ts';
import { createChecker } from './checker.ts';
import { readAffinity, writeAffinity } from './cookie.ts';
import { answerError, type Connections, forward, openConnections } from './forward.ts';
import { targetKey } from './health.ts';
import type { BalancerProtocol, Listen } from './messages.ts';
import { type Route, Router } from './routing.ts';

const router = new Router();
const connections = new Map<string, { instanceId: string; groupArn: string; to: Connections }>();
let current: BalancerProtocol['toChild'] = { revision: 0, spec: { targetGroups: [], rules: [] } };

const parent = followParent<BalancerProtocol>((message) => {
  current = message;
  checker.configure(current.spec);
  closeStrangers(current.spec);
  tellChecks();
});
const { listen, timeouts } = parent.argument;

const tellChecks = (): void =>
  parent.tell({ revision: current.revision, checks: checker.checks() });
const checker = createChecker(tellChecks);

const connectionsTo = ({ group, target }: Route): Connections => {
  const key = targetKey(group.arn, target);
  const open = connections.get(key)?.to ?? openConnections();
  connections.set(key, { instanceId: target.instanceId, groupArn: group.arn, to: open });
  return open;
};

/** Breaks the connections of targets that are neither registered nor draining any more. */
const closeStrangers = (spec: BalancerSpec): void => {
  for (const [key, { instanceId, groupArn, to }] of connections) {
    const group = spec.targetGroups.find((each) => each.arn === groupArn);
    const known =
      group?.draining.includes(instanceId) ||
      group?.targets.some((target) => targetKey(groupArn, target) === key);
    if (known) continue;
    to.close();
    connections.delete(key);
  }
};

const affinityCookie = ({ group, target }: Route, nowMs: number): Record<string, string> => {
  if (group.stickinessMs === null) return {};
  const { instanceId } = target;
  const untilMs = nowMs + group.stickinessMs;
  return { 'set-cookie': writeAffinity({ groupArn: group.arn, instanceId, untilMs }) };
};

const handle = (incoming: IncomingMessage, answer: ServerResponse): void => {
  const nowMs = Date.now();
  const affinity = readAffinity(incoming.headers.cookie, nowMs);
  const { headers } = incoming;
  const route = router.route(current.spec, checker.checks(), { headers, affinity });
  if (route === null) {
    answerError(answer, 503);
    return;
  }
  const to = { target: route.target, connections: connectionsTo(route) };
  try {
    forward({ incoming, answer }, to, timeouts, affinityCookie(route, nowMs));
  } catch {
    // Node reads request targets that it does not write, raw UTF-8 for one.
    answerError(answer, 400);
  }
};

const open = async ({ address, port }: Listen): Promise<void> => {
  // The ALB keeps a client's idle connection for the same idle time-out.
  const server = createServer({ keepAliveTimeout: timeouts.idleMs }, handle);
  server.listen(port, address);
  await once(server, 'listening');
};

await Promise.all(listen.map(open));
parent.ready();
