/** A request that was not granted, told; and what that is as an exit code. */
import type { Refusal } from '../requests/reply.ts';
import { EXIT, type Exit, type Terminal } from './terminal.ts';

const EXITS = { wrong: EXIT.usage, refused: EXIT.unhealthy, unknown: EXIT.unknown } as const;
const WORDS = { wrong: 'wrong', refused: 'refused', unknown: 'cannot tell' } as const;

export const tellRefusal = (
  reply: Refusal,
  { json }: { readonly json?: boolean },
  terminal: Terminal,
): Exit => {
  if (json === true) terminal.out(JSON.stringify(reply, null, 2));
  else terminal.error(`${WORDS[reply.why]}: ${reply.message}`);
  return EXITS[reply.why];
};
