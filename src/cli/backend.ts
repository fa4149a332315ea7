/** Who answers: the deployed functions, or this machine itself with `--local`. Both give the same replies. */
import * as v from 'valibot';
import type { Command } from '../requests/command.ts';
import type { DecideContext } from '../requests/decide.ts';
import type { Query } from '../requests/query.ts';
import { CommandReply, Refusal, refusal } from '../requests/reply.ts';
import { deployed } from './deployed.ts';
import { local } from './local.ts';
import type { GlobalOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** What a command line may say about it. */
export interface BackendOptions extends GlobalOptions {
  readonly local?: boolean;
}

export interface Backend {
  readonly ask: (query: Query) => Promise<unknown>;
  /** @param context for who carries it out here; a function has its own. */
  readonly order: (command: Command, context: Omit<DecideContext, 'id'>) => Promise<unknown>;
  readonly close: () => void;
}

export const openBackend = async (options: BackendOptions, terminal: Terminal): Promise<Backend> =>
  options.local === true ? await local(options, terminal) : await deployed(options.stage);

const NONSENSE =
  'its answer makes no sense here: is the deployed version another one than this command?';

/** The report in a reply, or why there is none. A function of another version is not believed. */
export const reportIn = <T>(
  reply: unknown,
  schema: v.GenericSchema<unknown, T>,
): { readonly ok: true; readonly report: T } | Refusal => {
  const parsed = v.safeParse(
    v.union([Refusal, v.object({ ok: v.literal(true), report: schema })]),
    reply,
  );
  return parsed.success ? parsed.output : refusal('unknown', NONSENSE);
};

export const commandReplyIn = (reply: unknown): CommandReply => {
  const parsed = v.safeParse(CommandReply, reply);
  return parsed.success ? parsed.output : refusal('unknown', NONSENSE);
};
