import { resolve } from 'node:path';
import { APPLE_LOOKUP_URL, isApple } from '../feeds/apple.ts';
import { SOFA_URL } from '../feeds/sofa.ts';
import { parseDuration } from '../policy/duration.ts';
import type { ListenAddress, ReleasesSource, SofaSource } from './settings.types.ts';

/** How the text of a setting becomes its value. Each answers undefined when the text is not acceptable. */

/** ":9006", "127.0.0.1:9006", "[::1]:9006", "9006". */
export function parseListen(text: string): ListenAddress | undefined {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]*):)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) return undefined;
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return host === '' ? { port } : { host, port };
}

export function formatListen({ host, port }: ListenAddress): string {
  return host === undefined ? `:${port}` : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True when only this machine can reach the address. */
export function isLoopback({ host }: ListenAddress): boolean {
  return host !== undefined && /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);
}

/** http(s) without credentials, query or fragment; ends in "/". */
export function parseBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

/** The same, with https: a device shows its user no other. */
export function parsePublicUrl(text: string): string | undefined {
  const url = parseBaseUrl(text);
  return url?.startsWith('https:') && url.length <= PUBLIC_URL_MAX ? url : undefined;
}

/** It stands in every declaration, with 34 characters more. */
const PUBLIC_URL_MAX = 1_000;

/** http(s) of one endpoint, with a path of plain words that no page of ours has. */
export function parseEnrollUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined;
  const isPlain = /^(\/[A-Za-z0-9._~-]+)+\/?$/.test(url.pathname);
  return isPlain && !/^\/(u|healthz)(\/|$)/.test(url.pathname) ? url.href : undefined;
}

export function parseTimes(text: string): number | undefined {
  const times = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return times >= 1 && times <= TIMES_MAX ? times : undefined;
}

const TIMES_MAX = 10;
const PERIOD_MIN_MS = 3_600_000;
const PERIOD_MAX_MS = 30 * 86_400_000;

/** "24h": from an hour to 30 days, in ms. */
export function parsePeriod(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= PERIOD_MIN_MS && ms <= PERIOD_MAX_MS ? ms : undefined;
}

export function parseServerUrl(text: string): string | undefined {
  return parseBaseUrl(text)?.replace(/\/$/, '');
}

/** "/ddm/": starts and ends in "/", because NanoMDM replaces what follows the last one. */
export function parseBasePath(text: string): string | undefined {
  return /^\/([A-Za-z0-9._~-]+\/)*$/.test(text) && !/\/\.{1,2}\//.test(text) ? text : undefined;
}

export function parsePath(text: string, base: string): string | undefined {
  return text.trim() === '' || text.includes('\0') ? undefined : resolve(base, text);
}

/** "apple", "off", a URL (plain http not for Apple's own server), or the path of a file holding Apple's answer. */
export function parseReleases(text: string, base: string): ReleasesSource | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'off') return { kind: 'off' };
  if (word === 'apple') return { kind: 'url', url: APPLE_LOOKUP_URL };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    if (!/^https?:/i.test(text) || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    return url.protocol === 'http:' && isApple(url.href) ? undefined : { kind: 'url', url: url.href };
  }
  const path = parsePath(text, base);
  return path === undefined ? undefined : { kind: 'file', path };
}

/** "macadmins", "off", the URL of a folder of SOFA's feeds, or its path. An address that ends in .json is one feed, not all. */
export function parseSofaSource(text: string, base: string): SofaSource | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'off') return { kind: 'off' };
  if (word === 'macadmins') return { kind: 'url', url: SOFA_URL };
  if (word.endsWith('.json')) return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    const url = parseBaseUrl(text);
    return url === undefined ? undefined : { kind: 'url', url };
  }
  const path = parsePath(text, base);
  return path === undefined ? undefined : { kind: 'folder', path };
}

export function parseRate(text: string): number | undefined {
  const rate = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  return rate > 0 && rate <= 1000 ? rate : undefined;
}

/** A key or password: printable, no blanks at its ends, of use in a header. */
export function parseSecret(text: string): string | undefined {
  return /^[\x21-\x7e]([\x20-\x7e]{0,510}[\x21-\x7e])?$/.test(text) ? text : undefined;
}

/** 32 bytes as base64, with or without the padding, also in its URL-safe form: what `openssl rand -base64 32` prints. */
export function parseKey256(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.byteLength === 32 ? new Uint8Array(key) : undefined;
}

export function parseUser(text: string): string | undefined {
  return /^[\x21-\x39\x3b-\x7e]{1,100}$/.test(text) ? text : undefined;
}

export function parseSwitch(text: string): boolean | undefined {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  return /^(false|no|off|0)$/i.test(text) ? false : undefined;
}

export function parseChoice<T extends string>(choices: readonly T[]): (text: string) => T | undefined {
  return (text) => choices.find((choice) => choice === text.toLowerCase());
}

/** The id of a plan of `ratchet plan`, or `any`. */
export function parsePlan(text: string): string | undefined {
  return /^([0-9a-f]{12}|any)$/.test(text) ? text : undefined;
}
