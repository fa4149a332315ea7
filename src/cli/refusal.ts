/** A request that was not granted, told; and what that is as an exit code. */
import type { ConfigInvalid } from '../errors.ts';
import { type Refusal, refusal } from '../requests/reply.ts';
import { EXIT, type Exit, type Terminal } from './terminal.ts';

const EXITS = { wrong: EXIT.usage, refused: EXIT.unhealthy, unknown: EXIT.unknown } as const;
const WORDS = { wrong: 'wrong', refused: 'refused', unknown: 'cannot tell' } as const;

interface Manner {
  readonly json?: boolean;
}

/** @param lead what people read before the message; with JSON the field `why` says it */
export const tellRefusal = (
  reply: Refusal,
  { json }: Manner,
  terminal: Terminal,
  lead = `${WORDS[reply.why]}: `,
): Exit => {
  const message = toldOnce(reply.message);
  if (json === true) terminal.out(JSON.stringify({ ...reply, message }, null, 2));
  else terminal.error(`${lead}${message}`);
  return EXITS[reply.why];
};

/** A file that is wrong: with JSON each problem by its file, line and field. */
export const tellInvalid = (
  { message, problems }: ConfigInvalid,
  { json }: Manner,
  terminal: Terminal,
): void => {
  if (json !== true) {
    terminal.error(message);
    return;
  }
  terminal.out(JSON.stringify({ ...refusal('wrong', message), problems }, null, 2));
};

/** Whoever asked by hand has to ask again by hand. */
export const toldOnce = (message: string): string =>
  message.replaceAll(': asked again at the next tick', '');
