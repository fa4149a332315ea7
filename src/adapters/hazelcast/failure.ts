/** Why a probe failed, as evidence: what came back was wrong, or nothing usable came back. */
import type { SilentCause, WrongCause } from '../../core/observation.ts';
import { printable } from '../../printable.ts';

export type Failure =
  | { readonly answer: 'wrong'; readonly cause: WrongCause; readonly detail: string }
  | { readonly answer: 'silent'; readonly cause: SilentCause };

export const wrong = (cause: WrongCause, detail: string): Failure => ({
  answer: 'wrong',
  cause,
  detail: printable(detail),
});

/** The other end, once reached, hung up. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'HPE_INVALID_EOF_STATE']);

/**
 * - refused: the host's kernel answered, nothing listens
 * - closed: reset or ended before the answer was complete
 * - garbage, tooLarge: the HTTP parser gave up (its codes begin with `HPE_`)
 * - anything else is about the way there or about this machine (no route, no sockets left), so it says
 *   nothing about the node: silence
 *
 * @param connected whether the handshake was complete.
 */
export const failureOf = (error: Error, connected: boolean): Failure => {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ECONNREFUSED') return wrong('refused', code);
  if (CLOSED.has(code)) return wrong('closed', code);
  if (code.startsWith('HPE_')) {
    return wrong(code.endsWith('_OVERFLOW') ? 'tooLarge' : 'garbage', code);
  }
  return { answer: 'silent', cause: connected ? 'answerTimeout' : 'connectTimeout' };
};
