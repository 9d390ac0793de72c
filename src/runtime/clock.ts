import type { MachineClock } from '../runtime.ts';

/** Node's timers hold 31 bits of milliseconds; a longer delay would fire at once. */
const DELAY_MAX_MS = 2 ** 31 - 1;

export interface SystemClock extends MachineClock {
  /** Forgets every wake-up, for a graceful stop. */
  clear(): void;
}

/** The machine's clock. Its wake-ups don't keep the process alive: the listeners do. */
export function createSystemClock(): SystemClock {
  const timers = new Map<string, NodeJS.Timeout>();

  function at(instant: number, key: string, run: () => void): void {
    wait(performance.now() + Math.max(0, instant - Date.now()), key, run);
  }

  function wait(until: number, key: string, run: () => void): void {
    cancel(key);
    const left = until - performance.now();
    const timer = setTimeout(
      () => {
        timers.delete(key);
        if (left > DELAY_MAX_MS) wait(until, key, run);
        else run();
      },
      Math.min(Math.ceil(left), DELAY_MAX_MS),
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
    elapsed: () => performance.now(),
    at,
    cancel,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    clear: () => {
      for (const key of [...timers.keys()]) cancel(key);
    },
  };
}
