/** Plain text: wrapping, numbers, bars. Pure. */

/** Words in lines of at most `width` characters; a longer word gets a line of its own. At least one line. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** `12.3 s` */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** `12,345` */
export const grouped = (count: number): string => count.toLocaleString('en-GB');

/** `i-0a1b2c3d`: enough of an instance id to tell a handful apart. */
export const shortId = (instanceId: string): string => instanceId.slice(0, 10);

/** Instance ids inside a text, shortened. */
export const withShortIds = (text: string): string =>
  text.replaceAll(/\bi-[0-9a-f]{9,17}\b/g, (id) => shortId(id));

/**
 * What two sentences must share to be the same to a reader: all but durations, which run on, and ages.
 * Other figures count: three healthy members are not two.
 */
export const gist = (sentence: string): string =>
  sentence.replaceAll(/\b\d+(\.\d+)?(?= ?(ms|s|min)\b)/g, '#');

/** What a sentence says that `before` did not begin with; all of it when the news is that something of `before` is missing. */
export const news = (sentence: string, before: string): string => {
  const known = before.split('; ').map(gist);
  const clauses = sentence.split('; ');
  const first = clauses.findIndex((clause, n) => gist(clause) !== known[n]);
  const rest = first === -1 ? [] : clauses.slice(first);
  return rest.every((clause) => known.includes(gist(clause))) ? sentence : rest.join('; ');
};

export interface Bar {
  readonly good: number;
  readonly bad: number;
  readonly empty: number;
}

/** Cells of a bar of `width`, `full` being a whole one. Anything bad shows, however little. */
export const bar = (good: number, bad: number, scale: { full: number; width: number }): Bar => {
  const cells = (count: number): number => (count * scale.width) / Math.max(1, scale.full);
  const badCells = bad === 0 ? 0 : Math.min(scale.width, Math.max(1, Math.round(cells(bad))));
  const shown = Math.min(scale.width, Math.max(badCells, Math.round(cells(good + bad))));
  return { good: shown - badCells, bad: badCells, empty: scale.width - shown };
};
