import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { FLASH_MS } from './flashes.ts';
import { IDLE_MS } from './sessions.ts';

/** What is known of where a request comes from. */
export interface BrowserOptions {
  /** A reverse proxy of the operator's stands in front: what it adds to requests is believed. */
  trustProxy: boolean;
}

const COOKIE = 'ratchet_session';
/** Names what the next page is to say: see flashes.ts. */
const FLASH_COOKIE = 'ratchet_said';

/** The address it came from; behind a trusted proxy the one that the proxy saw. */
export function addressOf(c: Context, { trustProxy }: BrowserOptions): string {
  // The last one: those before it are whatever the client wrote.
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return forwarded || (c.env as { address?: string } | undefined)?.address || 'unknown';
}

/** The browser speaks https: with us never, so only a trusted proxy can tell. */
function isHttps(c: Context, { trustProxy }: BrowserOptions): boolean {
  return trustProxy && c.req.header('x-forwarded-proto')?.split(',').at(-1)?.trim().toLowerCase() === 'https';
}

export function sessionIdOf(c: Context, options: BrowserOptions): string | undefined {
  return isHttps(c, options) ? getCookie(c, COOKIE, 'host') : getCookie(c, COOKIE);
}

export function setSession(c: Context, options: BrowserOptions, id: string): void {
  const isSecure = isHttps(c, options);
  const more = isSecure ? { prefix: 'host' as const } : {};
  setCookie(c, COOKIE, id, { httpOnly: true, sameSite: 'Strict', path: '/', secure: isSecure, maxAge: IDLE_MS / 1_000, ...more });
}

export function clearSession(c: Context, options: BrowserOptions): void {
  const isSecure = isHttps(c, options);
  deleteCookie(c, COOKIE, { path: '/', secure: isSecure, ...(isSecure ? { prefix: 'host' as const } : {}) });
}

/** Given out once: whoever reads it takes it back from the browser. */
export function takeFlashId(c: Context): string | undefined {
  const id = getCookie(c, FLASH_COOKIE);
  if (id !== undefined) deleteCookie(c, FLASH_COOKIE, { path: '/' });
  return id;
}

export function setFlashId(c: Context, options: BrowserOptions, id: string): void {
  const maxAge = FLASH_MS / 1_000;
  setCookie(c, FLASH_COOKIE, id, { httpOnly: true, sameSite: 'Strict', path: '/', secure: isHttps(c, options), maxAge });
}

/**
 * Whose page made the request: ours, another's, or nobody's that tells. Browsers tell by Sec-Fetch-Site over https and on this
 * machine, else by Origin. hono/csrf asks only forms, and compares whole origins, which a proxy that ends TLS changes.
 */
export function pageOf(c: Context): 'ours' | 'another' | 'untold' {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'ours' : 'another';
  const origin = c.req.header('origin');
  if (origin === undefined) return 'untold';
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  return host !== undefined && host === c.req.header('host')?.toLowerCase() ? 'ours' : 'another';
}

/** It was asked under a name that only this machine has. */
export function isLoopback(c: Context): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(c.req.url).hostname.toLowerCase());
}

export function isActing(c: Context): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
}
