import type { Clock, MachineClock } from '../../runtime.ts';
import { MINUTE_MS } from '../../time/local.ts';

/** Rule 4: beyond this a clock is wrong. What is less is followed, as a time service sets it. */
export const SKEW_MAX_MS = 10 * MINUTE_MS;

/**
 * The clock everything in Ratchet goes by: the machine's, as long as that runs evenly. When the machine's clock jumps (set by
 * hand, lost its battery, or the machine slept), ours goes on by elapsed time, and whoever judges clocks decides which is right:
 * no date passes because somebody set a clock.
 */
export interface SteadyClock extends Clock {
  /** What the machine's clock shows beyond ours, milliseconds; 0 as long as they agree. */
  jump(): number;
  /** Goes by the machine's clock again. */
  follow(): void;
  /** Called once when they part; the listener must not throw. */
  onJump(listener: () => void): void;
}

export function createSteadyClock(machine: MachineClock): SteadyClock {
  let base = machine.now() - machine.elapsed();
  let hasJumped = false;
  let listener: (() => void) | undefined;

  function jump(): number {
    const beyond = machine.now() - (base + machine.elapsed());
    if (Math.abs(beyond) <= SKEW_MAX_MS) {
      base += beyond;
      hasJumped = false;
      return 0;
    }
    if (!hasJumped) {
      hasJumped = true;
      listener?.();
    }
    return beyond;
  }

  function now(): number {
    return machine.now() - jump();
  }

  function at(instant: number, key: string, run: () => void): void {
    const left = Math.max(0, instant - now());
    machine.at(machine.now() + left, key, () => {
      // What is shown may have been set back meanwhile.
      if (now() < instant) at(instant, key, run);
      else run();
    });
  }

  return {
    now,
    at,
    cancel: machine.cancel,
    turn: machine.turn,
    jump,
    follow() {
      base = machine.now() - machine.elapsed();
      hasJumped = false;
    },
    onJump(given) {
      listener = given;
    },
  };
}
