/** Where a command writes, and what its end means. */
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import type { Verdict } from '../report/verdict.ts';

export const EXIT = {
  fine: 0,
  /** The fleet is not well, or what was asked is refused. */
  unhealthy: 1,
  usage: 2,
  /** Nobody can tell: store out of reach, nothing known, or nobody watches. */
  unknown: 3,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export const exitOf = (verdict: Verdict): Exit => EXIT[verdict];

export interface Terminal {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  readonly colours: boolean;
  readonly nowMs: () => number;
  /** Asks the person and gives what was typed; `null` when there is nobody to ask, as in a pipe. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | null;
}

const ask = async (question: string, signal: AbortSignal): Promise<string> => {
  // Not on stdout: that is for the answer.
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
};

export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  error: (line) => void process.stderr.write(`${line}\n`),
  // `hasColors` honours NO_COLOR and FORCE_COLOR.
  colours: process.stdout.isTTY && process.stdout.hasColors(),
  nowMs: () => Date.now(),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : null,
};

export type Colour = 'green' | 'yellow' | 'red' | 'bold' | 'dim';

/** Colour says nothing that the words do not say. */
export const paint = ({ colours }: Terminal, colour: Colour, text: string): string =>
  colours ? styleText(colour, text, { validateStream: false }) : text;
