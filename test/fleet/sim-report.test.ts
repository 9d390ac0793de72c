import { expect, it } from 'vitest';
import { drawRun } from './draw-run.ts';
import { hasFailed, type RunResult, reportOf, SimReport } from './sim-report.ts';
import { runText } from './sim-text.ts';

const GOOD: RunResult = {
  seed: '1-1',
  devices: 20,
  eligible: 12,
  verified: 12,
  violations: 0,
  isConverged: true,
  failures: [],
  virtualDays: 18,
  events: 9_000,
  traceSha256: 'ab',
  cpuSeconds: 1.26,
};
const FAILURE = { device: 'A', name: 'iphone-01', index: 3, at: 1_789_372_800_000, what: 'was handed 26.1', trace: ['one', 'two'] };
const BROKEN: RunResult = { ...GOOD, seed: '1-2', violations: 25, cpuSeconds: 3, failures: [{ promise: 2, ...FAILURE }] };
const LOST: RunResult = { ...GOOD, seed: '1-3', isConverged: false, failures: [{ ...FAILURE, expected: 'verified', reason: 'overdue' }] };

it('the object of --json', () => {
  const report = reportOf([GOOD, BROKEN, LOST]);
  expect(SimReport.parse(report)).toEqual(report);
  expect(report).toEqual({
    schema: 'ratchet.sim/1',
    seeds: 3,
    violations: 25,
    converged: 2,
    devices: 60,
    events: 27_000,
    virtualDays: 54,
    cpuSecondsMean: 1.8,
    cpuSecondsMax: 3,
    failures: [
      { seed: '1-2', promise: 2, ...FAILURE },
      { seed: '1-3', ...FAILURE, expected: 'verified', reason: 'overdue' },
    ],
  });
});

it('a run fails by a violation, by a device that did not get there, and by nothing else', () => {
  expect([GOOD, BROKEN, LOST].map(hasFailed)).toEqual([false, true, true]);
});

it('a failure tells the seed, the promise, what led to it and how to see it again', () => {
  const text = runText(drawRun('1-2'), BROKEN, 'npm run sim -- --seed 1 --seeds 1 --from 2');
  expect(text).toContain('promise 2 is broken, seed 1-2, 2026-09-14T08:00:00.000Z, iphone-01 A: was handed 26.1\n      one\n      two\n');
  expect(text).toContain('again: npm run sim -- --seed 1 --seeds 1 --from 2\n');
  expect(runText(drawRun('1-1'), GOOD, '').split('\n')).toHaveLength(2);
});
