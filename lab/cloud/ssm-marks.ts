/** What a scenario does to commands: on an instance, or on one document there. */

export interface Marks {
  has: (instanceId: string, document?: string) => boolean;
  /** @returns takes the mark away. Counted, because several faults may set the same one. */
  add: (instanceId: string, document?: string) => () => void;
}

export const createMarks = (): Marks => {
  const counts = new Map<string, number>();
  const change = (mark: string, by: number): void => {
    const left = (counts.get(mark) ?? 0) + by;
    if (left > 0) counts.set(mark, left);
    else counts.delete(mark);
  };
  const markOf = (id: string, document = ''): string => `${id} ${document}`;
  return {
    has: (id, document) => counts.has(markOf(id, document)),
    add: (id, document) => {
      change(markOf(id, document), 1);
      return () => change(markOf(id, document), -1);
    },
  };
};
