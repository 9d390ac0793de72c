import { bytesOf, type WireResponse } from './wire.ts';

/** What Go's standard library makes of things: both simulated servers are written in it. */

/** encoding/json escapes these three. `indent` as in MarshalIndent. */
export function goJson(value: unknown, indent?: string): string {
  return JSON.stringify(value, undefined, indent).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}

/** RFC 3339 with nanoseconds, trailing zeros cut. */
export function goTime(now: number, random: () => number): string {
  const date = new Date(now).toISOString();
  const nanos = `${date.slice(20, 23)}${String(Math.floor(random() * 1e6)).padStart(6, '0')}`.replace(/0+$/, '');
  return `${date.slice(0, 19)}${nanos === '' ? '' : `.${nanos}`}Z`;
}

/** net/http's client sends userinfo of a URL as Basic; fetch would refuse such a URL. */
export function splitUserinfo(url: string): { url: string; authorization?: string } {
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return { url };
  const pair = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  parsed.username = '';
  parsed.password = '';
  return { url: parsed.href, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

export const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What json.Marshal and w.Write answer. */
export function json(status: number, value: unknown): WireResponse {
  return { status, headers: JSON_TYPE, body: bytesOf(JSON.stringify(value)) };
}

/** What http.Error answers. */
export function text(status: number, body: string): WireResponse {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }, body: bytesOf(body) };
}
