import { DAY_MS, type Instant } from '../time/local.ts';

const WEEK_MS = 7 * DAY_MS;

/** Device-days, in all and by week. */
export interface Span {
  deviceDays: number;
  /** Device-days of each week from the beginning on. */
  weeks: number[];
}

/** Adds spans of time of so many devices. */
export interface SpanCount {
  add(from: Instant, to: Instant, devices: number): void;
  result(): Span;
}

export function createSpanCount(start: Instant): SpanCount {
  const weeks: number[] = [];
  let deviceDays = 0;
  return {
    add(from, to, devices) {
      if (to <= from || devices === 0) return;
      deviceDays += ((to - from) / DAY_MS) * devices;
      for (let at = from; at < to; ) {
        const week = Math.floor((at - start) / WEEK_MS);
        const until = Math.min(to, start + (week + 1) * WEEK_MS);
        while (weeks.length <= week) weeks.push(0);
        weeks[week] = (weeks[week] ?? 0) + ((until - at) / DAY_MS) * devices;
        at = until;
      }
    },
    result: () => ({ deviceDays: Math.round(deviceDays), weeks: weeks.map(Math.round) }),
  };
}
