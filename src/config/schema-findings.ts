import type { z } from 'zod';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { closest } from './closest.ts';
import { formatPath } from './problem.ts';
import { choicesAt, keysAt, metaAt, schemaAt } from './schema-walk.ts';

type Issue = z.core.$ZodIssue;

/**
 * A schema's issues in people's words: what is there, what was expected, how to write it.
 * `sourceOf` gives the text as it stands in the file (26.10 would read 26.1 as a number).
 */
export function schemaFindings(
  schema: z.ZodType,
  issues: readonly Issue[],
  input: unknown,
  sourceOf: (path: readonly PropertyKey[]) => string | undefined,
): PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  for (const issue of issues) collect(issue, []);
  return findings;

  function collect(issue: Issue, base: readonly PropertyKey[]): void {
    const path = [...base, ...issue.path] as (string | number)[];
    if (issue.code === 'invalid_union') {
      // Every union here is item or list: judge by the branch that was meant.
      const branch = issue.errors[Array.isArray(valueAt(input, path)) ? 1 : 0];
      if (branch !== undefined) for (const inner of branch) collect(inner, path);
      return;
    }
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) findings.push(unknownKey(path, key));
      return;
    }
    findings.push(wrongValue(path));
  }

  function unknownKey(parent: (string | number)[], key: string): PolicyFinding {
    const known = keysAt(schema, parent);
    const meant = closest(key, known);
    return {
      path: [...parent, key],
      at: 'key',
      message: `unknown key${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      expected: `one of ${known.join(', ')}`,
      fix: meant === undefined ? 'remove it' : `write ${meant}: instead of ${key}:`,
    };
  }

  function wrongValue(path: (string | number)[]): PolicyFinding {
    const value = valueAt(input, path);
    const meta = metaAt(schema, path) ?? metaAt(schema, path.slice(0, -1));
    const expected = meta?.expected ?? 'another value';
    const key = path.findLast((part) => typeof part === 'string');
    const named = (text: string): string => (typeof path.at(-1) === 'number' || key === undefined ? text : `${key}: ${text}`);
    const example = flow(meta?.examples[0]);
    const wantsText = typeof meta?.examples[0] === 'string';
    if (value === undefined) {
      return { path, at: 'missing', message: `${formatPath(path.slice(-1))} is missing`, expected, fix: `add ${named(example)}` };
    }
    const source = sourceOf(path) ?? flow(value);
    if (typeof value === 'number' && wantsText) {
      // A serial of digits alone or 26.10 is meant as text; 14 where "14d" belongs is not.
      const isUsable = schemaAt(schema, path)?.safeParse(source).success ?? false;
      const fix = isUsable ? `put it in quotes: ${named(`"${source}"`)}` : `write ${named(example)}`;
      return { path, at: 'value', message: `${source} is a number here`, expected, fix };
    }
    const meant = typeof value === 'string' ? closest(value, choicesAt(schema, path)) : undefined;
    return { path, at: 'value', message: `${cut(source)} is not accepted`, expected, fix: `write ${named(meant ?? example)}` };
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** One line of YAML flow style, strings in quotes only where YAML needs them. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, inner]) => `${key}: ${flow(inner)}`)
      .join(', ')}}`;
  if (typeof value === 'string') return /^([A-Za-z][A-Za-z0-9._/-]*(:\/\/[^\s#]+)?|\d+[mhdw])$/.test(value) ? value : `"${value}"`;
  return String(value);
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
