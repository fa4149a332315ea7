/**
 * A number from 0 to 1 for a seed. The multiples of the golden ratio fall evenly in between, however many there are: so
 * runs with seeds 1 to N strike at N different moments of whatever has a rhythm.
 */
export const fractionOf = (seed: number): number => (seed * 0.618_034) % 1;
