import type { Clock } from '../runtime.ts';

/** Node's timers hold 31 bits of milliseconds; a longer delay would fire at once. */
const DELAY_MAX_MS = 2 ** 31 - 1;

export interface SystemClock extends Clock {
  /** Forgets every wake-up, for a graceful stop. */
  clear(): void;
}

/** The machine's clock. Its wake-ups don't keep the process alive: the listeners do. */
export function createSystemClock(): SystemClock {
  const timers = new Map<string, NodeJS.Timeout>();

  function at(instant: number, key: string, run: () => void): void {
    cancel(key);
    const delay = Math.max(0, instant - Date.now());
    const isLong = delay > DELAY_MAX_MS;
    const timer = setTimeout(
      () => {
        timers.delete(key);
        // Asked again in both cases: the wall clock may have been set back while we slept.
        if (isLong || Date.now() < instant) at(instant, key, run);
        else run();
      },
      isLong ? DELAY_MAX_MS : delay,
    );
    timer.unref();
    timers.set(key, timer);
  }

  function cancel(key: string): void {
    clearTimeout(timers.get(key));
    timers.delete(key);
  }

  return {
    now: () => Date.now(),
    at,
    cancel,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    clear: () => {
      for (const key of [...timers.keys()]) cancel(key);
    },
  };
}
