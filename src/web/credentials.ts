import { createHash, timingSafeEqual } from 'node:crypto';

export interface BasicCredentials {
  user: string;
  password: string;
}

/** Comparison in constant time, whatever the lengths. */
export function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(expected).digest());
}

/** User and password of a Basic Authorization header; undefined when there is none or it is another scheme. */
export function readBasic(header: string | undefined): BasicCredentials | undefined {
  const match = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '');
  if (!match?.[1]) return undefined;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Judges a Basic Authorization header. Both parts are compared, so that the time taken does not tell which was wrong. */
export function checkBasic(header: string | undefined, expected: BasicCredentials): 'right' | 'wrong' | 'missing' {
  const given = readBasic(header);
  if (given === undefined) return 'missing';
  const isUser = isSame(given.user, expected.user);
  return isSame(given.password, expected.password) && isUser ? 'right' : 'wrong';
}
