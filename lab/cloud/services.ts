/** Wires the region's services to each other. */

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAlarms } from './alarms.ts';
import { LAB_KEY, type Send } from './clients.ts';
import { createDispatch, type Dispatch, type DispatchParts, type Handlers } from './dispatch.ts';
import type { EmitEvent } from './emit.ts';
import { createEventTargets, type EventTargets } from './event-targets.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Authority, createAuthority } from './iam/authority.ts';
import { createLookup } from './iam/lookup.ts';
import { createInvocations } from './invocations.ts';
import { createJournal, type Journal } from './journal.ts';
import { createKnownIds } from './known-ids.ts';
import { createLambda, type Endpoints, type Lambda, lambdaArn } from './lambda.ts';
import { lambdaHandlers } from './lambda-api.ts';
import { createAsyncEvents } from './lambda-events.ts';
import { createRawCalls } from './raw-calls.ts';
import type { Region, RegionOptions } from './region.ts';
import { createSchedules } from './schedule.ts';
import { createSleep, type Sleep } from './sleep.ts';
import { createSsm } from './ssm.ts';
import { ssmHandlers } from './ssm-api.ts';
import type { Agent } from './ssm-document.ts';
import { createStores } from './stores.ts';
import { deployTemplate } from './template.ts';
import { createWebhooks } from './webhooks.ts';
import { createScalingParts, createWorldParts, createZoneOfSubnet } from './world-parts.ts';

/** Published with every figure. */
const SSM_DELAY_MS = { dispatch: 1_500, report: 1_500 };
const SSM_UNKNOWN_MS = 200;
const SCHEDULE_JITTER_MS = 3_000;

export interface Services extends Omit<Region, 'endpoint' | 'stop'> {
  readonly dispatch: Dispatch;
  /** One look of the Auto Scaling loop. Never throws. */
  tick: () => void;
  stop: () => void;
}

export const createServices = (
  options: RegionOptions,
  send: Send,
  endpoints: () => Endpoints,
): Services => {
  const front = createFront(options, send, endpoints);
  const { dispatch, journal, faults, lambda, sleep, onFailure } = front;
  const raw = createRawCalls(dispatch.toMoto);
  const webhooks = createWebhooks((act) => authority.serviceRefusal(act));
  const eventTargets = createEventTargets(raw, {
    invoke: (...event) => functions.invocations.byRule(...event),
    post: webhooks.post,
  });
  const { deliver, carry } = eventTargets;
  const withKnownId = createKnownIds(send);
  const world = createWorldParts(options, dispatch, { sleep, withKnownId, carry, onFailure });
  const { instances, targets, ec2Status, capacity, emit } = world;
  const { scaling, activities, hooks } = createScalingParts(dispatch, world);
  const lookup = createLookup(dispatch.moto, () => [...scaling.groups.values()]);
  const authority = createAuthority(lookup);
  front.enforce(authority);
  const functions = createFunctionParts(options, { ...front, authority, deliver, emit });
  const { schedules, alarms } = functions;
  const ssm = createSsm({ ...options, sleep, settings: ssmSettings(options) });
  let agent: Agent = 'current';
  const { hypervisor } = options;
  dispatch.serve(ssmHandlers({ ssm, instances, hypervisor, agent: () => agent }));
  dispatch.serve(eventHandlers(dispatch, carry));
  const stores = createStores(dispatch.moto, raw, eventTargets, webhooks);
  const zoneOfSubnet = createZoneOfSubnet(dispatch.moto);
  const deployParts = { lambda, schedules, ssm, stores, alarms, authority, zoneOfSubnet };
  const tick = (): void => {
    try {
      scaling.tick();
    } catch (error) {
      onFailure('Auto Scaling', error);
    }
  };
  return {
    dispatch,
    tick,
    journal,
    faults,
    instances,
    ec2Status,
    capacity,
    targets,
    rules: world.balancing.rules,
    usersGo: world.balancing.usersGo,
    scaling,
    activities,
    ssm,
    lambda,
    schedules,
    alarms,
    clients: dispatch.clients,
    rights: authority.rights,
    posted: webhooks.posted,
    setAgent: (age) => {
      agent = age;
    },
    deployTemplate: async (template, deployOptions) =>
      await deployTemplate(template, deployOptions, deployParts),
    stop: () => {
      schedules.stop();
      hooks.stop();
      ssm.stop();
      sleep.stop();
    },
  };
};

interface Front {
  readonly dispatch: Dispatch;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly lambda: Lambda;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly onFailure: (what: string, error: unknown) => void;
  /** From here on functions may do only what their roles allow. */
  readonly enforce: (authority: Authority) => void;
}

/** What every call passes through. */
const createFront = (options: RegionOptions, send: Send, endpoints: () => Endpoints): Front => {
  const sleep = createSleep();
  const random = options.random ?? Math.random;
  const journal = createJournal(join(options.logFolder, 'calls.jsonl'));
  const faults = createFaults(random);
  const lambda = createLambda({ endpoints, logFolder: options.logFolder });
  let authority: Authority | null = null;
  const refusalOf: DispatchParts['refusalOf'] = async (call, who) => {
    const caller = lambda.functions.get(who)?.spec;
    if (!caller) return null;
    if (!authority) throw new Error('nobody says what functions may do');
    return await authority.refusalOf(call, caller, lambdaArn(caller.name));
  };
  const nameOf = createNameOf(lambda);
  const parts = { send, journal, faults, nameOf, refusalOf, sleep };
  return {
    journal,
    faults,
    lambda,
    sleep,
    random,
    dispatch: createDispatch(parts),
    onFailure: (what, error) =>
      appendFileSync(join(options.logFolder, 'region.log'), `${what}: ${String(error)}\n`),
    enforce: (given) => {
      authority = given;
    },
  };
};

interface FunctionMeans extends Front {
  readonly authority: Authority;
  readonly deliver: EventTargets['deliver'];
  readonly emit: EmitEvent;
}

/** What invokes functions. */
const createFunctionParts = (options: RegionOptions, means: FunctionMeans) => {
  const { dispatch, lambda, sleep, random, deliver, onFailure } = means;
  const events = createAsyncEvents({ lambda, sleep, deliver, onFailure });
  const invocations = createInvocations({ ...means, events });
  const schedules = createSchedules({
    invoke: invocations.bySchedule,
    random,
    firstTickInMs: options.firstTickInMs ?? null,
    jitterMs: options.scheduleJitterMs ?? SCHEDULE_JITTER_MS,
  });
  const { handlers, ...alarms } = createAlarms({ ...means, invoke: invocations.byAlarm });
  dispatch.serve(lambdaHandlers(lambda, events));
  dispatch.serve(handlers);
  return { invocations, schedules, alarms };
};

const eventHandlers = ({ forward }: Dispatch, carry: () => Promise<void>): Handlers => ({
  events: {
    PutEvents: async (call) => {
      const answer = await forward(call);
      await carry();
      return answer;
    },
  },
});

const ssmSettings = ({ ssmDelayMs, ssmUnknownMs }: RegionOptions) => ({
  dispatchMs: ssmDelayMs?.dispatch ?? SSM_DELAY_MS.dispatch,
  reportMs: ssmDelayMs?.report ?? SSM_DELAY_MS.report,
  unknownMs: ssmUnknownMs ?? SSM_UNKNOWN_MS,
});

const createNameOf =
  ({ functions }: Lambda) =>
  (accessKeyId: string): string => {
    if (accessKeyId === LAB_KEY) return 'lab';
    const caller = [...functions.values()].find((each) => each.accessKeyId === accessKeyId);
    return caller?.spec.name ?? accessKeyId;
  };
