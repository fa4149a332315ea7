/** A span of time for people. */
export const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
