import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLParseError,
  type YAMLWarning,
} from 'yaml';
import type { Problem } from './problem.ts';

/**
 * YAML text to a plain value, keeping where everything stands. Knows nothing of what the keys mean.
 */

export interface YamlFile {
  value: unknown;
  problems: Problem[];
  /** Place of a value, of a key, or, for what is missing, of the nearest thing that is there. */
  locate(path: readonly PropertyKey[], at: 'value' | 'key' | 'missing'): { line: number; column: number };
  /** A scalar as it is written, without quotes. */
  sourceOf(path: readonly PropertyKey[]): string | undefined;
}

const BYTES_MAX = 1024 * 1024;

/** What to do about the parser's error codes that people meet. */
const FIXES: Readonly<Record<string, { message?: string; expected: string; fix: string }>> = {
  TAB_AS_INDENT: { message: 'the line is indented with a tab', expected: 'spaces for indentation', fix: 'replace the tab by spaces' },
  BAD_INDENT: { expected: 'keys of one level in one column', fix: 'align it with its neighbours, using spaces' },
  DUPLICATE_KEY: { message: 'the same key stands here once more', expected: 'each key once', fix: 'remove one of the two' },
  BAD_ALIAS: { expected: 'an anchor of that name, or text in quotes', fix: 'put text with * in quotes: "iPad13,*"' },
  BAD_SCALAR_START: { expected: 'plain text, or text in quotes', fix: 'put the value in quotes' },
  BLOCK_AS_IMPLICIT_KEY: { expected: 'one key on a line', fix: 'put text with a colon in quotes, or break the line after the first colon' },
  MISSING_CHAR: { expected: 'a closing quote or bracket, or a space or colon', fix: 'close what was opened on this line or above' },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key without its value',
    expected: 'a key, a colon, a space and a value on each line',
    fix: 'put a space after the colon: mode: observe',
  },
  TAG_RESOLVE_FAILED: { expected: 'plain values', fix: 'write the value itself: nothing is read from the environment or other files' },
  UNEXPECTED_TOKEN: { expected: 'a key and its value', fix: 'put text with special characters in quotes: os: ">=17 <27"' },
};

/** Reads one YAML 1.2 document. Never throws; `file` is only for the problems. */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  if (text.length > BYTES_MAX) {
    const tooLarge = {
      ...{ file, line: 1, column: 1, path: '' },
      message: `the file has ${text.length} characters`,
      expected: 'at most 1 MiB',
      fix: 'shorten it: long lists of devices are better kept as tags (ratchet tags import)',
    };
    return { value: undefined, problems: [tooLarge], locate: () => ({ line: 1, column: 1 }), sourceOf: () => undefined };
  }
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const [document, second] = documents;
  for (const error of document?.errors ?? []) problems.push(syntaxProblem(error));
  // A tag that nobody knows is passed over by the parser, and the value means something else.
  for (const warning of document?.warnings ?? []) if (warning.code === 'TAG_RESOLVE_FAILED') problems.push(syntaxProblem(warning));
  if (second !== undefined) {
    problems.push({
      file,
      ...position(second.range?.[0] ?? 0),
      path: '',
      message: 'a second YAML document begins',
      expected: 'one document',
      fix: 'remove the line --- and what belongs to another file',
    });
  }
  let value: unknown;
  if (document !== undefined && problems.every(({ expected }) => expected === FIXES.DUPLICATE_KEY?.expected)) {
    try {
      value = document.toJS({ maxAliasCount: 1000 });
    } catch (error) {
      const unknown = unknownAlias();
      problems.push({
        file,
        line: unknown?.line ?? 1,
        column: unknown?.column ?? 1,
        path: '',
        message: unknown
          ? `nothing has the name &${unknown.name} before this line`
          : error instanceof Error
            ? error.message
            : String(error),
        expected: 'anchors used a few times, each defined before its use',
        fix: unknown ? `write &${unknown.name} where the value stands first, or write the values out` : 'write the values out',
      });
    }
  }
  return { value, problems, locate, sourceOf };

  function position(offset: number): { line: number; column: number } {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  function syntaxProblem(error: YAMLParseError | YAMLWarning): Problem {
    const help = helpFor(error);
    return { file, ...position(error.pos[0]), path: '', message: (error.message.split('\n')[0] as string).replace(/[.:]$/, ''), ...help };
  }

  function helpFor({ code, message }: YAMLParseError | YAMLWarning): { message?: string; expected: string; fix: string } {
    if (code === 'MISSING_CHAR' && message.startsWith('Sequence item'))
      return { message: 'this line stands further left than its list', ...(FIXES.BAD_INDENT as { expected: string; fix: string }) };
    if (code === 'BAD_INDENT' && message.startsWith('Flow'))
      return { message: 'what was opened with [ or { is not closed', ...(FIXES.MISSING_CHAR as { expected: string; fix: string }) };
    return FIXES[code] ?? { expected: 'YAML', fix: 'see the example in docs/policies.md' };
  }

  /** Where an anchor is used that nothing has set. */
  function unknownAlias(): { name: string; line: number; column: number } | undefined {
    let found: { name: string; line: number; column: number } | undefined;
    const set = new Set<string>();
    if (document !== undefined)
      visit(document, {
        Node(_, node) {
          if (isAlias(node)) {
            if (set.has(node.source)) return undefined;
            found = { name: node.source, ...position(node.range?.[0] ?? 0) };
            return visit.BREAK;
          }
          if (node.anchor !== undefined) set.add(node.anchor);
          return undefined;
        },
      });
    return found;
  }

  /** The pair of nodes at a path, following aliases; undefined when it leads nowhere. */
  function pairAt(path: readonly PropertyKey[]): { key?: Node; value?: Node } | undefined {
    let found: { key?: Node; value?: Node } = { value: document?.contents ?? undefined };
    for (const part of path) {
      const holder: unknown = isAlias(found.value) && document !== undefined ? found.value.resolve(document) : found.value;
      if (isMap(holder)) {
        const pair = holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
        if (pair === undefined) return undefined;
        found = { key: pair.key as Node, value: (pair.value ?? undefined) as Node | undefined };
      } else if (isCollection(holder) && typeof part === 'number') {
        const item = holder.items[part];
        if (item === undefined) return undefined;
        found = { value: item as Node };
      } else return undefined;
    }
    return found;
  }

  function locate(path: readonly PropertyKey[], at: 'value' | 'key' | 'missing'): { line: number; column: number } {
    const found = pairAt(path);
    const node = at === 'key' ? (found?.key ?? found?.value) : (found?.value ?? found?.key);
    if (found !== undefined && node?.range) return position(node.range[0]);
    if (path.length === 0) return position(0);
    const parent = path.slice(0, -1);
    // What is missing from a block is told at the block's own key, where a reader looks for it.
    return locate(parent, typeof parent.at(-1) === 'number' ? 'value' : 'key');
  }

  function sourceOf(path: readonly PropertyKey[]): string | undefined {
    const node = pairAt(path)?.value;
    return isScalar(node) && typeof node.source === 'string' ? node.source : undefined;
  }
}
