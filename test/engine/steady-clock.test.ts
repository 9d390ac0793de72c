import { describe, expect, it, vi } from 'vitest';
import { createSteadyClock } from '../../src/engine/schedule/steady-clock.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';

const START = Date.UTC(2026, 8, 14, 8);

/** A machine whose clock shows the time of the world plus `off`. */
function createMachine() {
  const world = createScheduler(START);
  const machine = { off: 0 };
  const steady = createSteadyClock({
    now: () => world.now() + machine.off,
    elapsed: world.now,
    at: (instant, key, run) => world.at(world.now() + Math.max(0, instant - world.now() - machine.off), key, run),
    cancel: world.cancel,
    turn: world.turn,
  });
  return { world, machine, steady };
}

describe('the steady clock', () => {
  it.each([
    ['1970', -START],
    ['2040', 14 * 365 * DAY_MS],
    ['an hour back', -HOUR_MS],
    ['an hour ahead', HOUR_MS],
    ['eleven minutes ahead', 11 * MINUTE_MS],
  ])('goes on by elapsed time when the machine is set to %s, and says so once', async (_, off) => {
    const { world, machine, steady } = createMachine();
    const jumped = vi.fn();
    steady.onJump(jumped);
    machine.off = off;
    await world.runUntil(START + HOUR_MS);
    expect([steady.now(), steady.now()]).toEqual([START + HOUR_MS, START + HOUR_MS]);
    expect(steady.jump()).toBe(off);
    expect(jumped).toHaveBeenCalledOnce();
  });

  it('follows what a time service corrects', () => {
    const { machine, steady } = createMachine();
    for (machine.off = 0; machine.off < HOUR_MS; machine.off += 9 * MINUTE_MS) expect(steady.now()).toBe(START + machine.off);
  });

  it('agrees again when the machine is set back to what it was', () => {
    const { machine, steady } = createMachine();
    machine.off = -START;
    expect(steady.jump()).toBe(-START);
    machine.off = 0;
    expect(steady.jump()).toBe(0);
    expect(steady.now()).toBe(START);
  });

  it('follows on demand', () => {
    const { machine, steady } = createMachine();
    machine.off = 5 * HOUR_MS;
    expect(steady.now()).toBe(START);
    steady.follow();
    expect(steady.now()).toBe(START + 5 * HOUR_MS);
    expect(steady.jump()).toBe(0);
  });

  it.each([-START, -HOUR_MS, DAY_MS])('wakes when its own time has come, with the machine off by %i meanwhile', async (off) => {
    const { world, machine, steady } = createMachine();
    const wokenAt: number[] = [];
    steady.at(START + HOUR_MS, 'a', () => wokenAt.push(world.now()));
    machine.off = off;
    await world.runUntil(START + DAY_MS);
    expect(wokenAt).toEqual([START + HOUR_MS]);
  });

  it('sleeps on when it follows a machine that was set back', async () => {
    const { world, machine, steady } = createMachine();
    const wokenAt: number[] = [];
    steady.at(START + HOUR_MS, 'a', () => wokenAt.push(world.now()));
    machine.off = -2 * HOUR_MS;
    steady.follow();
    await world.runUntil(START + DAY_MS);
    expect(wokenAt).toEqual([START + 3 * HOUR_MS]);
  });
});
