import { z } from 'zod';

/** One thing that went wrong in a run: a promise that was broken, a device that did not end where it was expected, or an error. */
export const Failure = z.object({
  /** Number of the promise of the design. Absent: a device that did not get there, or an error. */
  promise: z.int().optional(),
  /** Enrollment id; "" for what concerns none. */
  device: z.string(),
  name: z.string(),
  /** Which of the devices drawn it is, from 0. */
  index: z.int().optional(),
  /** Epoch ms, virtual. */
  at: z.int(),
  what: z.string(),
  /** Of a device that did not get there: the reason the world expects, and the one it has. */
  expected: z.string().optional(),
  reason: z.string().optional(),
  /** What the world saw of the device before, one line an event. */
  trace: z.array(z.string()),
});
export type Failure = z.infer<typeof Failure>;

/** What one run came to. */
export interface RunResult {
  seed: string;
  devices: number;
  eligible: number;
  verified: number;
  /** More than are among the failures, where there were many. */
  violations: number;
  isConverged: boolean;
  failures: Failure[];
  virtualDays: number;
  events: number;
  /** Digest of all that the world saw. */
  traceSha256: string;
  cpuSeconds: number;
}

/** `npm run sim -- --json`. Sums over all runs; `converged` of them ended as the world expected. */
export const SimReport = z.object({
  schema: z.literal('ratchet.sim/1'),
  /** How many runs there were. */
  seeds: z.int(),
  violations: z.int(),
  converged: z.int(),
  devices: z.int(),
  events: z.int(),
  virtualDays: z.int(),
  cpuSecondsMean: z.number(),
  cpuSecondsMax: z.number(),
  /** `seed` is that of the run: of base 1, run 7, it is 1-7. */
  failures: z.array(Failure.extend({ seed: z.string() })),
});
export type SimReport = z.infer<typeof SimReport>;

export function hasFailed({ violations, isConverged, failures }: RunResult): boolean {
  return violations > 0 || !isConverged || failures.length > 0;
}

export function reportOf(results: readonly RunResult[]): SimReport {
  const sum = (of: (result: RunResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const tenths = (seconds: number) => Math.round(seconds * 10) / 10;
  return {
    schema: 'ratchet.sim/1',
    seeds: results.length,
    violations: sum(({ violations }) => violations),
    converged: results.filter(({ isConverged }) => isConverged).length,
    devices: sum(({ devices }) => devices),
    events: sum(({ events }) => events),
    virtualDays: sum(({ virtualDays }) => virtualDays),
    cpuSecondsMean: tenths(sum(({ cpuSeconds }) => cpuSeconds) / Math.max(1, results.length)),
    cpuSecondsMax: tenths(Math.max(0, ...results.map(({ cpuSeconds }) => cpuSeconds))),
    failures: results.flatMap(({ seed, failures }) => failures.map((failure) => ({ seed, ...failure }))),
  };
}
