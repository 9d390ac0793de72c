import { describe, expect, it } from 'vitest';
import { createJobs, JOB_NAMES } from '../../src/engine/jobs.ts';
import type { MachineClock } from '../../src/runtime.ts';

function createBench() {
  let now = 1_000;
  const timers = new Map<string, () => void>();
  const machine: MachineClock = {
    now: () => now,
    elapsed: () => now / 2,
    turn: async () => undefined,
    at: (_instant, key, run) => void timers.set(key, run),
    cancel: (key) => void timers.delete(key),
  };
  const runs: string[] = [];
  const jobs = createJobs(machine, (name, result) => runs.push(`${name} ${result}`));
  const of = (name: string) => jobs.list().find((state) => state.name === name);
  return { ...jobs, runs, timers, of, pass: (ms: number) => (now += ms) };
}

describe('jobs', () => {
  it('are listed before they ran', () => {
    expect(createBench().list()).toEqual(JOB_NAMES.map((name) => ({ name })));
  });

  it('tell when the last run began, and how long it took by a clock that nobody sets', async () => {
    const { run, of, runs, pass } = createBench();
    expect(
      await run('sweep', async () => {
        pass(40);
        expect(of('sweep')).toEqual({ name: 'sweep' });
        return 'done';
      }),
    ).toBe('done');
    expect([of('sweep'), runs]).toEqual([{ name: 'sweep', startedAt: 1_000, tookMs: 20, result: 'ok' }, ['sweep ok']]);
  });

  it('pass on what they end with', async () => {
    const { run, of, runs } = createBench();
    await expect(run('sofa', () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect([of('sofa')?.result, runs]).toEqual(['failed', ['sofa failed']]);
  });

  it('tell when they wake next, until they did or that was called off', () => {
    const { clock, of, timers } = createBench();
    const woken: string[] = [];
    clock.at(5_000, 'sweep', () => woken.push('replaced'));
    clock.at(7_000, 'sweep', () => woken.push('sweep'));
    clock.at(9_000, 'releases', () => undefined);
    expect([of('sweep')?.nextAt, of('releases')?.nextAt]).toEqual([7_000, 9_000]);
    timers.get('sweep')?.();
    clock.cancel('releases');
    expect([woken, of('sweep')?.nextAt, of('releases')?.nextAt, timers.has('releases')]).toEqual([['sweep'], undefined, undefined, false]);
  });
});
