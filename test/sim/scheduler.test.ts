import { describe, expect, it } from 'vitest';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { instantOfLocal, localTime } from '../../src/sim/zone.ts';

describe('scheduler', () => {
  it('runs by instant, then by order of scheduling, and moves time', async () => {
    const scheduler = createScheduler(1000);
    const seen: [string, number][] = [];
    const note = (name: string) => () => seen.push([name, scheduler.now()]);
    scheduler.schedule(1020, note('c'));
    scheduler.schedule(1010, note('a'));
    scheduler.schedule(1010, note('b'));
    scheduler.schedule(900, note('past'));
    await scheduler.runUntil(1015);
    expect(seen).toEqual([
      ['past', 1000],
      ['a', 1010],
      ['b', 1010],
    ]);
    expect([scheduler.now(), scheduler.pending]).toEqual([1015, 1]);
  });

  it('replaces and cancels by key', async () => {
    const scheduler = createScheduler(0);
    const seen: string[] = [];
    scheduler.at(1, 'k', () => seen.push('first'));
    scheduler.at(2, 'k', () => seen.push('second'));
    scheduler.at(3, 'gone', () => seen.push('gone'));
    scheduler.cancel('gone');
    const forget = scheduler.schedule(4, () => seen.push('forgotten'));
    forget();
    await scheduler.runUntil(10);
    expect(seen).toEqual(['second']);
    expect(scheduler.pending).toBe(0);
  });

  it('lets promises, turns and tracked calls settle before the next event', async () => {
    const scheduler = createScheduler(0);
    const seen: string[] = [];
    scheduler.schedule(1, async () => {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      await scheduler.turn();
      await scheduler.track(
        (async () => {
          for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
        })(),
      );
      seen.push('one');
    });
    scheduler.schedule(2, () => seen.push('two'));
    await scheduler.runUntil(2);
    expect(seen).toEqual(['one', 'two']);
  });

  it.each([0, 1, 49, 50, 51, 500])('lasts as long as held work and what waits for that, which took %i turns', async (turns) => {
    const scheduler = createScheduler(0);
    const seen: string[] = [];
    scheduler.schedule(1, async () => {
      await scheduler.hold(
        (async () => {
          for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => setImmediate(resolve));
        })(),
      );
      for (let i = 0; i < 20; i++) await scheduler.turn();
      seen.push('one');
    });
    scheduler.schedule(2, () => seen.push('two'));
    await scheduler.runUntil(2);
    expect(seen).toEqual(['one', 'two']);
  });

  it('waits for no delay inside a tracked call, and for the call after it', async () => {
    const scheduler = createScheduler(0);
    const seen: string[] = [];
    void scheduler.track(
      (async () => {
        await scheduler.delay(5);
        for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
        seen.push('answered');
      })(),
    );
    scheduler.schedule(1, () => seen.push('before'));
    scheduler.schedule(6, () => seen.push('after'));
    await scheduler.runUntil(6);
    expect(seen).toEqual(['before', 'answered', 'after']);
  });

  it('goes on when a tracked call never settles', async () => {
    const scheduler = createScheduler(0);
    void scheduler.track(new Promise(() => {}));
    let ran = false;
    scheduler.schedule(1, () => {
      ran = true;
    });
    await scheduler.runUntil(1);
    expect(ran).toBe(true);
  });

  it('runs until a predicate holds, or says that it did not', async () => {
    const scheduler = createScheduler(0);
    let count = 0;
    const tick = () => {
      count++;
      scheduler.schedule(scheduler.now() + 1, tick);
    };
    tick();
    expect(await scheduler.runUntil(() => count === 5)).toBe(true);
    expect(await scheduler.runUntil(() => count < 0, 50)).toBe(false);
    expect([scheduler.now(), count]).toEqual([50, 51]);
  });

  it.each([
    [
      'thrown',
      () => {
        throw new Error('boom');
      },
    ],
    [
      'rejected',
      async () => {
        throw new Error('boom');
      },
    ],
  ])('does not swallow what is %s', async (_, run) => {
    const scheduler = createScheduler(0);
    scheduler.schedule(1, run);
    await expect(scheduler.runUntil(1)).rejects.toThrow('boom');
  });

  it('sleeps in virtual time', async () => {
    const scheduler = createScheduler(0);
    const seen: number[] = [];
    scheduler.schedule(0, async () => {
      await scheduler.sleep(3_600_000);
      seen.push(scheduler.now());
    });
    await scheduler.runUntil(4_000_000);
    expect(seen).toEqual([3_600_000]);
  });
});

describe('prng', () => {
  it('gives the same for the same seed and another for another', () => {
    const draw = (seed: string) => Array.from({ length: 5 }, createPrng(seed).next);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('forks by label alone', () => {
    const one = createPrng('s');
    const two = createPrng('s');
    two.next();
    expect(one.fork('x').next()).toBe(two.fork('x').next());
    expect(one.fork('x').next()).not.toBe(one.fork('y').next());
  });

  it('is uniform enough, and keeps its bounds', () => {
    const prng = createPrng(7);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const n = prng.int(0, 3);
      counts[n] = (counts[n] ?? Number.NaN) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(prng.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('zone', () => {
  it.each([
    ['plain', '2026-07-01T18:00:00', 'Europe/Berlin', '2026-07-01T16:00:00.000Z'],
    ['in the spring gap: as far behind it', '2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['twice in autumn: the first', '2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['half-hour zone', '2026-10-05T19:00:00', 'Asia/Kolkata', '2026-10-05T13:30:00.000Z'],
    ['far east', '2026-10-05T01:00:00', 'Pacific/Auckland', '2026-10-04T12:00:00.000Z'],
  ])('%s', (_, local, zone, utc) => {
    expect(new Date(instantOfLocal(local, zone) ?? 0).toISOString()).toBe(utc);
  });

  it('shows what a clock shows', () => {
    expect(localTime(Date.parse('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30:00');
    expect(localTime(Date.parse('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30:00');
    expect(instantOfLocal('tomorrow', 'UTC')).toBeUndefined();
  });
});
