/** A YAML text that knows on which line each field stands. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { printable } from '../printable.ts';

export type Path = readonly (string | number)[];

/** A problem and where it is; `path` empty: the file as a whole. */
export interface Problem {
  readonly line: number;
  readonly path: Path;
  readonly message: string;
}

export interface YamlSource {
  /** The plain value; `null` when the text is no YAML. */
  readonly value: unknown;
  /** Syntax errors, duplicate keys, unknown tags. */
  readonly problems: readonly Problem[];
  /** Line (from 1) of the field at `path`, or of the nearest block around it that exists. */
  readonly lineOf: (path: Path) => number;
}

export const readYaml = (text: string): YamlSource => {
  const lines = new LineCounter();
  // The file is small and hand-written: an alias that multiplies itself is an attack or a slip.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    line: lineAt(error.pos[0]),
    path: [],
    message: messageOf(error, text),
  }));
  const lineOf = (path: Path): number => lineAt(offsetOf(document.contents, path, document));
  if (problems.length > 0) return { value: null, problems, lineOf };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), problems, lineOf };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: null, problems: [{ line: 1, path: [], message }], lineOf };
  }
};

/** The parser quotes what it stumbled over, which may be a whole file that is no text at all. */
const messageOf = ({ code, pos: [offset], message }: YAMLError, text: string): string => {
  const key = /^[\w-]+/.exec(text.slice(offset))?.[0];
  return code === 'DUPLICATE_KEY' && key !== undefined
    ? `${key}: stands here for the second time; allowed: once`
    : printable(message);
};

type Document = ReturnType<typeof parseDocument>;

/** Offset of the last key on the way that exists. */
const offsetOf = (root: Node | null, path: Path, document: Document): number => {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      const item = node.items[Number(segment)];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = item;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find(
      ({ key }) => isScalar(key) && String(key.value) === String(segment),
    );
    if (pair === undefined || !isScalar(pair.key)) break;
    offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
};
