/** How text is laid out for people: at most 80 columns, and durations in two units. */

export const COLUMNS = 80;

export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 3)}...`;

/** `label      text that goes on for more than a line`, its further lines below the text. */
export const labelled = (label: string, text: string, indent = 11): readonly string[] =>
  wrapped(text, COLUMNS - indent).map((line, index) =>
    index === 0 ? `${label.padEnd(indent)}${line}` : `${' '.repeat(indent)}${line}`,
  );

/** Lines of at most `width`, broken at spaces; a longer word is cut. */
const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').map((each) => cut(each, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
};

/** How long, in the two largest units: `12s`, `3m 05s`, `2h 10m`, `5d 3h`. */
export const span = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const hours = Math.floor(seconds / 3_600);
  if (hours < 24) return `${hours}h ${two(Math.floor((seconds % 3_600) / 60))}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
};
