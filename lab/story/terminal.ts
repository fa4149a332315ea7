/** Where the story is printed: a terminal, a dumb one, or a log. Lines only, the cursor never moves. */
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

/** `process.stdout`, or a file. */
export type Out = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export type Format = Parameters<typeof styleText>[0];

export interface Terminal {
  readonly width: number;
  /** Box drawing and blocks can be shown. */
  readonly unicode: boolean;
  /** Colours where the terminal has them and `NO_COLOR` is not set. */
  paint(format: Format, text: string): string;
  line(text: string): void;
}

const DEFAULT_WIDTH = 100;
const NARROWEST = 60;
const WIDEST = 120;

const showsUnicode = (out: Out, env: NodeJS.ProcessEnv): boolean =>
  out.isTTY === true &&
  env['TERM'] !== 'dumb' &&
  /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');

export const openTerminal = (out: Out, env: NodeJS.ProcessEnv = process.env): Terminal => ({
  width: Math.min(WIDEST, Math.max(NARROWEST, out.columns ?? DEFAULT_WIDTH)),
  unicode: showsUnicode(out, env),
  paint: (format, text) => (text === '' ? '' : styleText(format, text, { stream: out })),
  line: (text) => void out.write(`${text.trimEnd()}\n`),
});
