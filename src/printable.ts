const LENGTH_MAX = 120;

/** Short, printable ASCII: bytes that a node or a function chose must not reach a log or a terminal as they are. */
export const printable = (text: string): string =>
  text.slice(0, LENGTH_MAX).replace(/[^\x20-\x7e]/g, '?');
