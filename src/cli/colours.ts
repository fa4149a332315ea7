/** The colour of each condition. It says nothing that the word does not say. */
import type { ClusterCondition, NodeCondition } from '../core/conditions.ts';
import { type Colour, paint, type Terminal } from './terminal.ts';

const COLOURS: Readonly<Record<NodeCondition | ClusterCondition, Colour>> = {
  Healthy: 'green',
  Quorate: 'green',
  Starting: 'dim',
  Degraded: 'red',
  Split: 'red',
  QuorumLost: 'red',
  Down: 'red',
  Forming: 'yellow',
  Zombie: 'red',
  Stuck: 'red',
  Ghost: 'red',
  Dead: 'red',
  Island: 'red',
  Severed: 'yellow',
  Impaired: 'yellow',
  Retiring: 'yellow',
  Unreachable: 'yellow',
  Unknown: 'yellow',
  Blind: 'yellow',
};

const isKnown = (word: string): word is keyof typeof COLOURS => word in COLOURS;

/** @param condition a word of another version is left as it is */
export const paintCondition = (terminal: Terminal, condition: string): string =>
  isKnown(condition) ? paint(terminal, COLOURS[condition], condition) : condition;
