import { expect } from 'vitest';
import { createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { bytesOf, textOf } from '../../src/sim/wire.ts';
import { recordedFiles, testRecordings } from './recordings.ts';

/** A real KMFDDM's answers, one after the other, and those of the simulated one to the same requests. */

interface Exchange {
  request: { method: string; path: string; headers: Record<string, string>; body: string };
  response: { status: number; headers: [string, string][]; body: string };
}

/** Queries that Ratchet does not use; the simulated one has none of them. */
const NOT_SIMULATED = /^\/v1\/(declaration-status|status-values|status-errors)\//;
/** What may differ: tokens, times, names of reports, the order of lists, the words of errors. */
const HEADERS = ['Content-Type', 'Www-Authenticate', 'X-Status-Report-Index'];

const kmfddm = createSimKmfddm({ shuffle: (items) => items.reverse(), now: () => 0, apiKey: 'apikey' });

const rows = recordedFiles('recorded/kmfddm', /^\d\d-.*\.json$/).map(([name, bytes]): [string, Exchange] => [
  name,
  JSON.parse(bytes.toString('utf8')) as Exchange,
]);

testRecordings('a simulated KMFDDM answers as the recorded one', rows, (_, { request, response }) => {
  const { method, path, headers, body } = request;
  if (NOT_SIMULATED.test(path)) return;
  const answer = kmfddm.handle({ method, path, headers, body: bytesOf(body) });
  expect(answer.status, textOf(answer.body)).toBe(response.status);
  expect(shape(textOf(answer.body))).toEqual(shape(response.body));
  const theirs = Object.fromEntries(response.headers);
  const ours = Object.fromEntries(Object.entries(answer.headers));
  for (const name of HEADERS) if (response.status !== 204) expect(ours[name], name).toBe(theirs[name]);
});

function shape(body: string): unknown {
  try {
    return without(JSON.parse(body));
  } catch {
    return body;
  }
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  const told = Object.entries(value).map(([key, entry]) => [key, VARYING.has(key) ? '…' : without(entry)]);
  return Object.fromEntries(told);
}

const VARYING = new Set(['DeclarationsToken', 'ServerToken', 'Timestamp', 'error', 'version']);
