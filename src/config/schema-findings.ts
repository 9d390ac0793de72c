import type { z } from 'zod';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { closest } from './closest.ts';
import { formatPath } from './problem.ts';
import { blocksWith, choicesAt, isAccepted, keysAt, metaAt } from './schema-walk.ts';
import { isImpossibleDay, suggestions } from './suggestions.ts';

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
      // The branch that was meant is the one that found fault with what is in it, not with its being there.
      const branch = issue.errors.find((errors) =>
        errors.some(({ path: inner, code }) => inner.length > 0 || code === 'unrecognized_keys'),
      );
      if (branch === undefined) findings.push(wrongValue(path));
      else for (const inner of branch) collect(inner, path);
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
    const expected = `one of ${known.join(', ')}`;
    const at = { path: [...parent, key], at: 'key' as const, expected };
    if (key === '<<') return { ...at, message: 'merge keys are not read', fix: 'write the keys out, or name them one by one: due: *due' };
    const [block] = meant === undefined ? blocksWith(schema, parent, key) : [];
    if (block !== undefined) return { ...at, message: `unknown key here: it belongs into ${block}`, fix: `write ${block}: {${key}: …}` };
    return {
      ...at,
      message: `unknown key${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      fix: meant === undefined ? 'remove it' : `write ${meant}: instead of ${key}:`,
    };
  }

  function wrongValue(path: (string | number)[]): PolicyFinding {
    const value = valueAt(input, path);
    const meta = metaAt(schema, path) ?? metaAt(schema, path.slice(0, -1));
    const expected = meta?.expected ?? 'another value';
    const key = path.findLast((part) => typeof part === 'string');
    const named = (text: string): string => (typeof path.at(-1) === 'number' || key === undefined ? text : `${key}: ${text}`);
    const example = meta?.examples[0];
    if (value === undefined) {
      return { path, at: 'missing', message: `${formatPath(path.slice(-1))} is missing`, expected, fix: `add ${named(flow(example))}` };
    }
    if (meta?.isSecret)
      return { path, at: 'value', message: 'what stands here is not accepted', expected, fix: `write ${named(flow(example))}` };
    const source = sourceOf(path) ?? flow(value);
    if (path.length === 0)
      return {
        path,
        at: 'value',
        message: `${cut(source)} is not accepted: there are no keys`,
        expected,
        fix: /^\w+:\S/.test(source) ? 'put a space after the colon: mode: observe' : 'begin with a key, a colon and a space: mode: observe',
      };
    if (value === null)
      return {
        path,
        at: 'value',
        message: 'there is nothing after the colon',
        expected,
        fix: `write ${named(flow(example))}, or remove it`,
      };
    const at = { path, at: 'value' as const, expected };
    if (typeof value === 'number' && typeof example === 'string') {
      // A serial of digits alone or 26.10 is meant as text; 14 where "14d" belongs is not.
      if (isAccepted(schema, path, source))
        return { ...at, message: `${source} is a number here`, fix: `put it in quotes: ${named(`"${source}"`)}` };
    }
    const choices = choicesAt(schema, path);
    const meant = typeof value === 'string' ? closest(value, choices) : undefined;
    const guess = meant ?? suggestions(value).find((one) => isAccepted(schema, path, one)) ?? exampleFor(path, example);
    const fix = `write ${named(flow(guess))}`;
    if (typeof value === 'string' && isImpossibleDay(value)) return { ...at, message: `${value} is a day that does not exist`, fix };
    if (typeof value === 'string' && (typeof guess === 'number' || typeof guess === 'boolean') && String(guess) === value)
      return { ...at, message: `"${value}" in quotes is text`, fix };
    if (typeof value === 'number' && typeof example === 'string') return { ...at, message: `${source} is a number here`, fix };
    return { ...at, message: `${cut(source)} is not accepted`, fix };
  }

  /** The example of a list, for one of its entries. */
  function exampleFor(path: (string | number)[], example: unknown): unknown {
    if (typeof path.at(-1) !== 'number' || !Array.isArray(example)) return example;
    return example.find((one) => isAccepted(schema, path, one)) ?? example;
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
