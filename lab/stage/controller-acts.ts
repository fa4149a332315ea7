/** What the controller did to the world, read from the API journal: its own words play no part in it. Pure. */
import type { JournalEntry } from '../cloud/journal.ts';
import type { JournalAct } from '../measure/measure.ts';

/** The calls that change something, by the name that Quorate gives them; `DetachInstances` is a baseline's. */
const KINDS: Readonly<Record<string, string>> = {
  UpdateAutoScalingGroup: 'scale',
  SuspendProcesses: 'suspend',
  ResumeProcesses: 'unsuspend',
  CreateRule: 'preview',
  DeleteRule: 'endPreview',
  ModifyListener: 'switch',
  ModifyRule: 'switch',
  Invoke: 'carry',
  DeregisterTargets: 'deregister',
  RegisterTargets: 'register',
  SendCommand: 'kill',
  EnterStandby: 'enterStandby',
  ExitStandby: 'exitStandby',
  SetDesiredCapacity: 'resize',
  TerminateInstanceInAutoScalingGroup: 'replace',
  TerminateInstances: 'terminate',
  DetachInstances: 'detach',
};

/** The order to a host, by the end of the document's name; a fence and its lifting share one. */
const ORDERS: readonly (readonly [document: RegExp, kind: string])[] = [
  [/"DocumentName":"[^"]*kill-member"/, 'kill'],
  [/"DocumentName":"[^"]*stop-member"/, 'stop'],
  [/"Action":\["lift"\]/, 'lift'],
  [/"DocumentName":"[^"]*fence-peer"/, 'fence'],
];

export const actsOf = (entries: readonly JournalEntry[]): readonly JournalAct[] =>
  entries
    .filter(({ who, action }) => who !== 'lab' && action in KINDS)
    // Probers are invoked all the time, and change nothing.
    .filter(({ action, parameters }) => action !== 'Invoke' || COURIER.test(parameters))
    .map(({ atMs, action, parameters, status, code }) => ({
      atMs,
      kind: kindOf(action, parameters),
      target: targetOf(parameters),
      outcome: code ?? (status === null ? 'unknown' : 'done'),
    }));

const kindOf = (action: string, parameters: string): string =>
  (action === 'SendCommand'
    ? ORDERS.find(([document]) => document.test(parameters))?.[1]
    : undefined) ??
  KINDS[action] ??
  action;

const COURIER = /"FunctionName":"[^"]*courier"/;

/** A fence names its victim as the peer; others name whom they act on first, or the group, or what users are led to. */
const targetOf = (parameters: string): string =>
  /"PeerId":\["(i-[0-9a-z]+)"\]/.exec(parameters)?.[1] ??
  /\bi-[0-9a-z]+/.exec(parameters)?.[0] ??
  /"AutoScalingGroupName":"([^"]+)"/.exec(parameters)?.[1] ??
  /:targetgroup\/([^/]+)\//.exec(parameters)?.[1] ??
  /:listener-rule\/app\/([^/]+)\//.exec(parameters)?.[1] ??
  /"FunctionName":"([^"]+)"/.exec(parameters)?.[1] ??
  '?';
