/** "Did you mean": the allowed word that a misspelt one is closest to. */

/** Edit distance that counts a swap of neighbours as one slip (optimal string alignment). */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const slips = [
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
      ];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) slips.push(at(i - 2, j - 2) + 1);
      row.push(Math.min(...slips));
    }
  }
  return at(a.length, b.length);
};

/** @returns the closest of `allowed`, or `null` when nothing is close enough to be a slip. */
export const nearest = (word: string, allowed: readonly string[]): string | null => {
  const [best] = allowed
    .map((candidate) => ({
      candidate,
      slips: distance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .toSorted((a, b) => a.slips - b.slips);
  // One slip in every three letters is a typing error; more is another word.
  const slipsMax = Math.max(1, Math.floor(word.length / 3));
  return best !== undefined && best.slips <= slipsMax ? best.candidate : null;
};
