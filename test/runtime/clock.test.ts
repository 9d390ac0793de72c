import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../src/runtime/clock.ts';

const DAY_MS = 86_400_000;

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('wakes at the instant, not before', () => {
    const clock = createSystemClock();
    const run = vi.fn();
    clock.at(1000, 'a', run);
    vi.advanceTimersByTime(999);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it('wakes at once for what is past', () => {
    const run = vi.fn();
    createSystemClock().at(-5, 'a', run);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it('sleeps for months, which one timer of Node can not', () => {
    const clock = createSystemClock();
    const run = vi.fn();
    clock.at(100 * DAY_MS, 'a', run);
    vi.advanceTimersByTime(100 * DAY_MS - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it.each([-5000, 5000])('sleeps as long as it was to when it was asked, whatever is set meanwhile (%i)', (to) => {
    const clock = createSystemClock();
    const run = vi.fn();
    clock.at(1000, 'a', run);
    vi.setSystemTime(to);
    vi.advanceTimersByTime(999);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it('keeps one wake-up a key', () => {
    const clock = createSystemClock();
    const [first, second, other] = [vi.fn(), vi.fn(), vi.fn()];
    clock.at(1, 'a', first);
    clock.at(2, 'a', second);
    clock.at(3, 'b', other);
    clock.cancel('b');
    clock.cancel('none');
    vi.advanceTimersByTime(10);
    expect([first, second, other].map((run) => run.mock.calls.length)).toEqual([0, 1, 0]);
  });

  it('forgets everything when it is cleared', () => {
    const clock = createSystemClock();
    const run = vi.fn();
    clock.at(1, 'a', run);
    clock.at(100 * DAY_MS, 'b', run);
    clock.clear();
    vi.advanceTimersByTime(200 * DAY_MS);
    expect(run).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the end of a turn', () => {
  it('comes after the microtasks of this turn', async () => {
    const order: string[] = [];
    const turn = createSystemClock()
      .turn()
      .then(() => order.push('turn'));
    void Promise.resolve()
      .then(() => order.push('microtask'))
      .then(() => order.push('microtask'));
    await turn;
    expect(order).toEqual(['microtask', 'microtask', 'turn']);
  });
});
