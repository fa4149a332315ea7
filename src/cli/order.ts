/** `quorate evict`, `replace`, `failover` and `abort`: asked of the loop, answered when it has decided, followed until it is over. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { printable } from '../printable.ts';
import type { Command } from '../requests/command.ts';
import { InstanceName, Reason, RequestId } from '../requests/words.ts';
import { type BackendOptions, commandReplyIn, openBackend } from './backend.ts';
import { caller } from './caller.ts';
import { follow } from './follow.ts';
import { chooseFleetName, WrongUsage } from './options.ts';
import { tellRefusal } from './refusal.ts';
import { EXIT, type Exit, paint, type Terminal } from './terminal.ts';

export interface OrderOptions extends BackendOptions {
  readonly reason: string;
  readonly requestId?: string;
  /** Do not ask the person again. */
  readonly yes?: boolean;
  /** Follow it until it is over. */
  readonly wait: boolean;
}

/** As long as a function has for its answer. */
const DECIDE_MS = 25_000;

/** What is asked, and of whom; `null`: of the whole fleet. */
export type Asked =
  | { readonly kind: 'evict' | 'replace'; readonly instanceId: string }
  | { readonly kind: 'failover' | 'move' | 'abort'; readonly instanceId: null };

const MEANS: Readonly<Record<Asked['kind'], string>> = {
  evict: 'kills its member and replaces its instance, whatever its health',
  replace: 'takes it out in good order once a spare has taken its place',
  failover: 'moves all users to a new cluster, or rebuilds it in place; --dry-run says which',
  move: 'moves all users to a new cluster on the other side, and retires this one',
  abort: 'undoes the failover that is under way',
};

const verbOf = ({ kind, instanceId }: Asked): string =>
  instanceId === null ? WORDS[kind] : `${kind} ${instanceId}`;

const WORDS: Readonly<Record<'failover' | 'move' | 'abort', string>> = {
  failover: 'fail over',
  move: 'move to the other side',
  abort: 'abort the failover under way',
};

/** @param signal ends the waiting, not what was begun */
export const order = async (
  asked: Asked,
  options: OrderOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Exit> => {
  const { reason, requestId = randomUUID(), json } = options;
  const fleet = chooseFleetName(options);
  const { instanceId } = asked;
  if (instanceId !== null) check(InstanceName, instanceId);
  check(Reason, reason);
  check(RequestId, requestId);
  const verb = verbOf(asked);
  const what = instanceId === null ? `${verb}: fleet ${fleet}` : `${verb} of fleet ${fleet}`;
  const name = instanceId ?? fleet;
  const confirmed = await confirm(what, MEANS[asked.kind], { name, options, terminal, signal });
  if (!confirmed) {
    return tellRefusal({ ok: false, why: 'refused', message: 'not confirmed' }, options, terminal);
  }
  terminal.error(`asking fleet ${fleet} to ${verb}, request id ${requestId}`);
  const backend = await openBackend(options, terminal);
  try {
    const command = commandOf(asked, { fleet, reason, by: caller(), requestId });
    // A loop that runs here goes on until the eviction is over: nobody else may be there to finish it.
    const isOurs = options.local === true && options.wait;
    const untilMs = isOurs ? Number.MAX_SAFE_INTEGER : Date.now() + DECIDE_MS;
    const reply = commandReplyIn(await backend.order(command, { untilMs, signal }));
    if (!reply.ok) return tellRefusal(reply, options, terminal);
    const { answer, message } = reply;
    if (answer === 'done' || !options.wait) {
      return tellEnd({ ok: true, answer, requestId, message }, json, terminal);
    }
    terminal.error(`accepted: ${printable(message)}`);
    const end = await follow(backend, { fleet, requestId, terminal, signal });
    return end.ok ? tellEnd(end, json, terminal) : tellRefusal(end, options, terminal);
  } finally {
    backend.close();
  }
};

const commandOf = (
  { kind, instanceId }: Asked,
  every: Readonly<Record<'fleet' | 'reason' | 'by' | 'requestId', string>>,
): Command =>
  kind === 'evict' || kind === 'replace' ? { kind, instanceId, ...every } : { kind, ...every };

/** @throws WrongUsage */
const check = (schema: v.GenericSchema<string, string>, value: string): void => {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    throw new WrongUsage(
      `needs ${parsed.issues[0].message}, not ${JSON.stringify(printable(value))}`,
    );
  }
};

interface Confirming {
  /** What has to be typed. */
  readonly name: string;
  readonly options: OrderOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** @throws WrongUsage where nobody can be asked */
const confirm = async (
  what: string,
  means: string,
  { name, options, terminal, signal }: Confirming,
): Promise<boolean> => {
  if (options.yes === true) return true;
  if (terminal.ask === null) {
    throw new WrongUsage(`--yes is needed where nobody can be asked: this would ${what}`);
  }
  terminal.error(`${paint(terminal, 'bold', what)}: this ${means}.`);
  const typed = await terminal.ask(`Type ${name} to go on: `, signal);
  return typed.trim() === name;
};

type End = { readonly answer: string; readonly requestId: string; readonly message: string };

const tellEnd = (
  end: End & { readonly ok: true },
  json: boolean | undefined,
  terminal: Terminal,
): Exit => {
  if (json === true) terminal.out(JSON.stringify(end, null, 2));
  else terminal.out(`${paint(terminal, 'green', end.answer)}: ${printable(end.message)}`);
  return EXIT.fine;
};
