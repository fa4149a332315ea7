/** `quorate evict` and `quorate replace`: asked of the loop, answered when it has decided, followed until it is over. */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { printable } from '../printable.ts';
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

type NodeOrder = 'evict' | 'replace';

const MEANS: Readonly<Record<NodeOrder, string>> = {
  evict: 'kills its member and replaces its instance, whatever its health',
  replace: 'takes it out in good order once a spare has taken its place',
};

/** @param signal ends the waiting, not what was begun */
export const order = async (
  [kind, instanceId]: readonly [NodeOrder, string],
  options: OrderOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Exit> => {
  const { reason, requestId = randomUUID(), json } = options;
  const fleet = chooseFleetName(options);
  check(InstanceName, instanceId);
  check(Reason, reason);
  check(RequestId, requestId);
  const confirmed = await confirm(`${kind} ${instanceId} of fleet ${fleet}`, MEANS[kind], {
    instanceId,
    options,
    terminal,
    signal,
  });
  if (!confirmed) {
    return tellRefusal({ ok: false, why: 'refused', message: 'not confirmed' }, options, terminal);
  }
  terminal.error(`asking fleet ${fleet} to ${kind} ${instanceId}, request id ${requestId}`);
  const backend = await openBackend(options, terminal);
  try {
    const command = { kind, fleet, instanceId, reason, by: caller(), requestId } as const;
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

/** @throws WrongUsage */
const check = (schema: v.GenericSchema<string, string>, value: string): void => {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) {
    throw new WrongUsage(
      `needs ${parsed.issues[0].message}, not ${JSON.stringify(printable(value))}`,
    );
  }
};

interface Asked {
  readonly instanceId: string;
  readonly options: OrderOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** @throws WrongUsage where nobody can be asked */
const confirm = async (
  what: string,
  means: string,
  { instanceId, options, terminal, signal }: Asked,
): Promise<boolean> => {
  if (options.yes === true) return true;
  if (terminal.ask === null) {
    throw new WrongUsage(`--yes is needed where nobody can be asked: this would ${what}`);
  }
  terminal.error(`${paint(terminal, 'bold', what)}: this ${means}.`);
  const typed = await terminal.ask('Type the instance id to go on: ', signal);
  return typed.trim() === instanceId;
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
