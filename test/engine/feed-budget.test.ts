import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayAsk, memoryOf, noteAsked, retryMs, takeBackAsked } from '../../src/engine/schedule/feed-budget.ts';
import type { FeedMemory } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';

const NOW = Date.UTC(2040, 2, 1, 9);
const APPLE = { name: 'apple', readsPerDayMax: 4 };
const asked = (...hoursAgo: number[]): FeedMemory => ({ source: 'apple', askedAt: hoursAgo.map((hours) => NOW - hours * HOUR_MS) });

describe('when the source may be asked', () => {
  it.each<[string, FeedMemory, number, string]>([
    ['never asked', asked(), 0, 'free'],
    ['three times today', asked(3, 2, 1), 0, 'free'],
    ['four times today', asked(20, 3, 2, 1), 4 * HOUR_MS, 'asked-enough'],
    ['the first of four a day ago', asked(24, 3, 2, 1), 0, 'free'],
    ['five times, by whatever mistake', asked(20, 19, 3, 2, 1), 5 * HOUR_MS, 'asked-enough'],
    ['told to wait', { ...asked(1), notBefore: NOW + HOUR_MS }, HOUR_MS, 'retry-after'],
    ['told to wait, and it is over', { ...asked(1), notBefore: NOW }, 0, 'free'],
    ['told to wait less than its day', { ...asked(4, 3, 2, 1), notBefore: NOW + HOUR_MS }, 20 * HOUR_MS, 'asked-enough'],
    ['our clock was set back by two hours', asked(-2, -2, -2, -2), 26 * HOUR_MS, 'asked-enough'],
    ['our clock had run in another year', { ...asked(-9_000, -9_000, -9_000, -9_000), notBefore: NOW + 400 * DAY_MS }, 0, 'free'],
  ])('%s', (_name, memory, waitMs, because) => {
    expect(mayAsk(APPLE, memory, NOW)).toEqual({ at: NOW + waitMs, because });
  });

  it('a source without limit: always, but for its own wish', () => {
    expect(mayAsk({}, asked(4, 3, 2, 1, 0), NOW).because).toBe('free');
    expect(mayAsk({}, { ...asked(), notBefore: NOW + 1 }, NOW).because).toBe('retry-after');
  });

  it('another source begins anew', () => {
    expect(memoryOf(APPLE, { ...asked(1), source: 'mirror', etag: '"1"' })).toEqual({ source: 'apple', askedAt: [] });
  });

  it('whoever asks whenever it may never asks more than four times in 24 hours', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 * HOUR_MS }), { maxLength: 60 }), (steps) => {
        let now = NOW;
        let memory = asked();
        const times: number[] = [];
        for (const step of steps) {
          now += step;
          if (mayAsk(APPLE, memory, now).because !== 'free') continue;
          memory = noteAsked(memory, now);
          times.push(now);
        }
        for (const [index, at] of times.entries())
          expect((times[index + 4] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThanOrEqual(DAY_MS);
        expect(memory.askedAt.length).toBeLessThanOrEqual(24);
      }),
    );
  });

  it('a clock that was in another year and is back finds what was asked before', () => {
    const away = [1, 2, 3, 4].reduce((memory, hour) => noteAsked(memory, NOW + 5_000 * DAY_MS + hour * HOUR_MS), asked(6, 5));
    expect(mayAsk(APPLE, away, NOW)).toEqual({ at: NOW, because: 'free' });
    const back = noteAsked(noteAsked(away, NOW), NOW + HOUR_MS);
    expect(mayAsk(APPLE, back, NOW + 2 * HOUR_MS)).toEqual({ at: NOW + 18 * HOUR_MS, because: 'asked-enough' });
  });

  it('what reached nobody does not count', () => {
    const memory = noteAsked(asked(1), NOW);
    expect(takeBackAsked(memory, NOW)).toEqual(asked(1));
    expect(takeBackAsked(memory, NOW + 1)).toEqual(memory);
  });
});

describe('the next try', () => {
  it('comes later with each failure, and at the latest with the next regular read', () => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => retryMs(failures, false, DAY_MS) / MINUTE_MS)).toEqual([15, 60, 240, 960, 1_440, 1_440]);
    expect([1, 9].map((failures) => retryMs(failures, true, DAY_MS) / MINUTE_MS)).toEqual([15, 15]);
    expect(retryMs(3, false, MINUTE_MS)).toBe(MINUTE_MS);
  });
});
