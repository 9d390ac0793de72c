import fc from 'fast-check';
import type { Operation } from '../../src/web/operation.ts';
import { initOf, type ValidRequest } from './requests.ts';

/** Requests that are almost right: a valid one, changed in a few places where its structure has something to change. */

export interface MutatedRequest {
  path: string;
  init: RequestInit;
  headers: Record<string, string>;
}

/** What may stand anywhere in JSON, by a number. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, -1e-320, 2 ** 53, 2 ** 31, Number.MIN_SAFE_INTEGER],
  ...['', ' ', 'x', '\u0000', '\ud800', '\u202e', '𝔘', "'; DROP TABLE audit; --", '../../etc/passwd', '%00', '{{7*7}}', '__proto__'],
  ...['x'.repeat(65), 'x'.repeat(300), 'x'.repeat(20_000), '2026-02-30T25:61', '9999999999d', '-1d', 'D1', 'any', 'everyone', '26.6.1'],
  ...[[], {}, [[]], [null], { a: { b: { c: {} } } }, Array.from({ length: 2_000 }, (_, index) => index), deep(200)],
  ...[{ length: 1e9 }, { toString: 'x', valueOf: 1 }, Object.fromEntries([['then', 'x']])],
];
const KEYS = ['by', 'note', 'policy', 'accept', 'at', 'constructor', 'hasOwnProperty', '', 'x'.repeat(500), '0', 'toJSON', 'schema'];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/jsonp',
  'text/plain',
  'multipart/form-data',
  '',
];
const LETTERS = [
  '%',
  '/',
  '\\',
  '.',
  '..',
  '#',
  '?',
  '&',
  '=',
  '+',
  ' ',
  '\u0000',
  '\ud83d',
  '%ff',
  '%00',
  '%2e%2e%2f',
  ':',
  '{',
  'ü',
  'x'.repeat(3_000),
];

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

const number = fc.nat({ max: 1_000_000 });
/** Three draws each: which kind, where, and what. */
const step = fc.tuple(number, number, number);

/** One to four changes of a valid request. */
export function mutationsOf(operation: Operation, valid: ValidRequest): fc.Arbitrary<MutatedRequest> {
  return fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => {
    const request: Draft = {
      ...{ params: { ...valid.params }, query: Object.entries(valid.query ?? {}), body: structuredClone(valid.body) },
      ...{ text: undefined, headers: initOf(operation, valid)[1] },
    };
    for (const [kind, where, what] of steps) change(request, kind, where, what);
    return built(operation, request);
  });
}

interface Draft {
  params: Record<string, string>;
  query: [string, string][];
  body: unknown;
  /** In place of the body. */
  text: string | Uint8Array<ArrayBuffer> | undefined;
  headers: Record<string, string>;
}

function change(request: Draft, kind: number, where: number, what: number): void {
  const params = Object.keys(request.params);
  // Mostly the body, which has the most structure.
  const place = kind % 10;
  if (place === 0)
    request.query.push(['device', 'since', 'x', '__proto__'].map((name): [string, string] => [name, wordOf(what)])[where % 4] ?? ['', '']);
  else if (place === 1 && request.query.length > 0)
    request.query[where % request.query.length] = [request.query[where % request.query.length]?.[0] ?? '', wordOf(what)];
  else if (place <= 3 && params.length > 0) request.params[params[where % params.length] ?? ''] = wordOf(what);
  else if (place === 4) request.headers['Content-Type'] = TYPES[what % TYPES.length] ?? '';
  else if (place === 5) request.text = brokenText(JSON.stringify(request.body ?? {}), where, what);
  else request.body = changed(request.body ?? {}, where, what);
}

function wordOf(what: number): string {
  const value = VALUES[what % VALUES.length];
  return what % 3 === 0
    ? (LETTERS[what % LETTERS.length] ?? '')
    : typeof value === 'string'
      ? value.slice(0, 4_000)
      : String(JSON.stringify(value)).slice(0, 4_000);
}

function brokenText(text: string, where: number, what: number): string | Uint8Array<ArrayBuffer> {
  const at = where % (text.length + 1);
  if (what % 50 === 0) return `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  if (what % 5 === 0) return text.slice(0, at);
  if (what % 5 === 1) return `\ufeff${text}`;
  if (what % 5 === 2) return new Uint8Array([...Buffer.from(text.slice(0, at)), 0xff, 0xfe, 0x00, ...Buffer.from(text.slice(at))]);
  if (what % 5 === 3) return `${text.slice(0, at)}${LETTERS[what % LETTERS.length]}${text.slice(at)}`;
  return `${text}${' '.repeat(20_000)}`;
}

/** The value with one node replaced, removed, doubled or joined by another. */
function changed(value: unknown, where: number, what: number): unknown {
  const nodes = nodesOf(value);
  const path = nodes[where % nodes.length] ?? [];
  const last = path.at(-1);
  const parent = path.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], value) as Record<string, unknown>;
  const node = last === undefined ? value : parent[last];
  const act = what % 8;
  if (act === 0 && last !== undefined) {
    if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  } else if (act === 1 && typeof node === 'object' && node !== null && !Array.isArray(node)) {
    const key = KEYS[Math.floor(what / 8) % KEYS.length] ?? '';
    Object.defineProperty(node, key, {
      value: structuredClone(VALUES[what % VALUES.length]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else if (act === 2 && Array.isArray(node)) node.push(...structuredClone(node));
  else if (act === 3 && typeof node === 'string')
    return replaced(
      value,
      path,
      `${node.slice(0, what % (node.length + 1))}${LETTERS[what % LETTERS.length]}${node.slice(what % (node.length + 1))}`,
    );
  else if (act === 4 && typeof node === 'string') return replaced(value, path, node.slice(0, what % (node.length + 1)));
  else return replaced(value, path, structuredClone(VALUES[Math.floor(what / 8) % VALUES.length]));
  return value;
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return by;
  const parent = path.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], value) as Record<string, unknown>;
  Object.defineProperty(parent, last, { value: by, enumerable: true, configurable: true, writable: true });
  return value;
}

/** Paths of all nodes, to a sensible depth. */
function nodesOf(value: unknown, path: readonly string[] = []): string[][] {
  const here = [[...path]];
  if (typeof value !== 'object' || value === null || path.length > 6) return here;
  const keys = Object.keys(value).slice(0, 30);
  return [...here, ...keys.flatMap((key) => nodesOf((value as Record<string, unknown>)[key], [...path, key]))];
}

function built({ method, path, body: takes }: Operation, request: Draft): MutatedRequest {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encoded(request.params[name] ?? ''));
  const search = request.query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  const isSent = method !== 'get' && (takes !== undefined || request.text !== undefined);
  const init: RequestInit = {
    method: method.toUpperCase(),
    ...(isSent ? { body: request.text ?? JSON.stringify(request.body) ?? '' } : {}),
  };
  return { path: search === '' ? filled : `${filled}?${search}`, init, headers: request.headers };
}

/** Percent-encoded, except what is encoded (or broken) already. */
function encoded(text: string): string {
  if (/^%/.test(text)) return text;
  try {
    return encodeURIComponent(text);
  } catch {
    return encodeURIComponent(Buffer.from(text).toString());
  }
}
