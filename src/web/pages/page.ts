import type { Context } from 'hono';

/**
 * Nothing inline, nothing from elsewhere, in nobody's frame; a form goes to where it came from. The one script of this origin
 * keeps pages up to date and talks to this origin only; whatever else is served here says what it is, which is no script.
 */
const POLICY = [
  ...["default-src 'none'", "style-src 'self'", "img-src 'self'", "script-src 'self'", "connect-src 'self'"],
  ...["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"],
].join('; ');

/** The headers of every page. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  // With no-referrer browsers send forms with "Origin: null", which is nobody's.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export function page(
  c: Context,
  text: string,
  status: 200 | 400 | 401 | 403 | 404 | 429 = 200,
  headers: Record<string, string> = {},
): Response {
  return c.html(text, status, { ...PAGE_HEADERS, ...headers }) as Response;
}
