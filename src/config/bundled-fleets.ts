/**
 * The fleets that a deployed function works for. Empty in the source tree: the bundler replaces this file with the
 * validated fleets file, so that a function starts without reading or judging anything.
 */
import type { Fleet } from './fleet.ts';

export const bundledFleets: readonly Fleet[] = [];

/** Name of the file they came from, for people. */
export const fleetsSource: string = 'none';
