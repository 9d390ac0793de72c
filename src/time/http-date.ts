import type { Instant } from './local.ts';
import { instantOfRfc3339 } from './rfc3339.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "Fri, 20 Nov 2026 12:00:00 GMT", the one form of date that HTTP allows to be sent; undefined for anything else. */
export function instantOfHttpDate(text: string): Instant | undefined {
  const [, day, name = '', year, time] = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(text.trim()) ?? [];
  const month = MONTHS.indexOf(name) + 1;
  return month === 0 ? undefined : instantOfRfc3339(`${year}-${String(month).padStart(2, '0')}-${day}T${time}Z`);
}
