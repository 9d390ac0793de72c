import { DAY_MS } from '../../src/time/local.ts';
import { CHECKERS } from './checkers/all.ts';
import type { CheckerKind } from './checkers/checker.types.ts';
import { type FleetParts, START_AT } from './harness.ts';
import { runOne } from './run-one.ts';
import type { RunSpec } from './run-spec.ts';
import { type Shrunken, shrink } from './shrink.ts';
import type { Failure } from './sim-report.ts';

export interface ShrinkRunOptions {
  /** Of a test: a rule broken on purpose, and whose checkers watch. */
  breakRule?(parts: FleetParts): void;
  kinds?: readonly CheckerKind[];
  onProgress?(spec: RunSpec, runs: number): void;
}

/** Makes a run smaller that fails, as long as it breaks the same promise, or leaves some device at the same wrong reason. */
export async function shrinkRun(
  given: RunSpec,
  { breakRule, kinds = CHECKERS, onProgress }: ShrinkRunOptions = {},
): Promise<Shrunken | undefined> {
  let looked: Failure | undefined;
  return shrink(given, {
    ...(onProgress ? { onProgress } : {}),
    async fails(spec) {
      const isBroken = looked?.promise !== undefined;
      const { failures } = await runOne(spec, {
        kinds: isBroken ? kinds.filter(({ promise }) => promise === looked?.promise) : looked === undefined ? kinds : [],
        stopOnViolation: true,
        // One that breaks it much later than the smallest so far is not smaller.
        ...(isBroken && looked ? { forMs: looked.at - START_AT + DAY_MS } : {}),
        ...(breakRule ? { breakRule } : {}),
      });
      const found = failures.find((failure) => looked === undefined || isSame(failure, looked));
      if (found) looked = found;
      return found;
    },
  });
}

function isSame(one: Failure, other: Failure): boolean {
  if (one.promise !== undefined || other.promise !== undefined) return one.promise === other.promise;
  return one.expected === other.expected && one.reason === other.reason && (one.reason !== undefined || one.what === other.what);
}
