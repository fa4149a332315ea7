/** The lines of Hazelcast that the lab has members of. */

/** By line: the release that runs, and the word for it in a fleets file. */
export const LINES = {
  '5.7': { version: '5.7.0', inFleets: '5.x' },
  /** The incident's: its heart-beat time-out is 300 s by default, and its list of members is plain text. */
  '2.6': { version: '2.6.10', inFleets: '2.x' },
} as const;

export type Line = keyof typeof LINES;

export const NEWEST: Line = '5.7';
