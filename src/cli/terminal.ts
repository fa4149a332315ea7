/** Where a command writes, and what its end means. */
import { styleText } from 'node:util';

export const EXIT = {
  fine: 0,
  /** The fleet is not well, or what was asked is refused. */
  unhealthy: 1,
  usage: 2,
  /** Nobody can tell: store out of reach, nothing known, or nobody watches. */
  unknown: 3,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export interface Terminal {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  readonly colours: boolean;
  readonly nowMs: () => number;
}

export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  // `hasColors` honours NO_COLOR and FORCE_COLOR.
  colours: process.stdout.isTTY && process.stdout.hasColors(),
  nowMs: () => Date.now(),
};

type Colour = 'green' | 'yellow' | 'red' | 'bold' | 'dim';

/** Colour says nothing that the words do not say. */
export const paint = ({ colours }: Terminal, colour: Colour, text: string): string =>
  colours ? styleText(colour, text, { validateStream: false }) : text;
