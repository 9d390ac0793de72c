import type { Clock } from '../runtime.ts';
import { DAY_MS, MINUTE_MS } from '../time/local.ts';

/** Wrong passwords in a row of minutes: from one address, and from all. */
export const WRONG_PER_ADDRESS_MAX = 10;
export const WRONG_OVERALL_MAX = 100;
export const WINDOW_MS = 15 * MINUTE_MS;
/** Who gave the right password so lately is not kept out by the guesses of others. */
const KNOWN_FOR_MS = DAY_MS;
/** Addresses remembered: some 200 kB. The oldest are forgotten; guesses from ever new ones meet the limit over all. */
const ADDRESSES_MAX = 1_000;

/** Slows down who guesses passwords. In memory: a restart forgets. */
export interface TryLimit {
  /** Undefined: it may be tried now. Else from when on, epoch ms. */
  waitUntil(address: string): number | undefined;
  wrong(address: string): void;
  right(address: string): void;
}

interface Window {
  since: number;
  count: number;
}

export function createTryLimit(clock: Pick<Clock, 'now'>): TryLimit {
  const wrongBy = new Map<string, Window>();
  const rightAt = new Map<string, number>();
  let overall: Window = { since: 0, count: 0 };

  const isOver = ({ since }: Window) => clock.now() - since >= WINDOW_MS;
  const counted = (window: Window): Window => (isOver(window) ? { since: clock.now(), count: 1 } : { ...window, count: window.count + 1 });

  function waitOf(window: Window | undefined, max: number): number | undefined {
    return window === undefined || isOver(window) || window.count < max ? undefined : window.since + WINDOW_MS;
  }

  return {
    waitUntil(given) {
      const address = networkOf(given);
      const knownAt = rightAt.get(address);
      const isKnown = knownAt !== undefined && clock.now() - knownAt < KNOWN_FOR_MS;
      return waitOf(wrongBy.get(address), WRONG_PER_ADDRESS_MAX) ?? (isKnown ? undefined : waitOf(overall, WRONG_OVERALL_MAX));
    },
    wrong(given) {
      const address = networkOf(given);
      overall = counted(overall);
      keep(wrongBy, address, counted(wrongBy.get(address) ?? { since: 0, count: 0 }));
    },
    right(given) {
      const address = networkOf(given);
      wrongBy.delete(address);
      keep(rightAt, address, clock.now());
    },
  };
}

/** The newest goes last, and the first out when there are too many. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= ADDRESSES_MAX) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}

/** Of IPv6 the /64, which is what one subscriber has; an IPv4 address within IPv6 is itself. */
function networkOf(address: string): string {
  const text = address.slice(0, 64).toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined || !text.includes(':')) return mapped ?? text;
  const [head = '', tail] = text.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array.from({ length: missing }, () => '0'), ...after].slice(0, 4).join(':');
}
