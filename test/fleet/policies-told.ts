import { POLICY_PLATFORMS } from '../../src/policy/match-keys.ts';
import type { FleetPolicy } from './harness.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;

/**
 * Which policies a person had put in force when, by what that person was answered: between saying it and the answer, those
 * before may hold or those said.
 */
export interface PoliciesTold {
  /** Begins to say it. */
  begin(at: number, policy: FleetPolicy): void;
  /** Is answered that it is so. Later words are not taken back by that. */
  end(at: number, policy: FleetPolicy): void;
  /** All that may have been in force at some moment of that time, the last said last. */
  between(since: number, until: number): readonly FleetPolicy[];
  /** The same of a moment, and of the call that may have ended then. */
  at(instant: number): readonly FleetPolicy[];
  readonly last: FleetPolicy;
}

export function createPoliciesTold(first: FleetPolicy): PoliciesTold {
  const spans = [{ policy: first, from: 0, until: Number.POSITIVE_INFINITY }];
  const between = (since: number, until: number) =>
    spans.filter((span) => span.from <= until && since <= span.until).map(({ policy }) => policy);
  return {
    begin(at, policy) {
      if (spans.at(-1)?.policy !== policy) spans.push({ policy, from: at, until: Number.POSITIVE_INFINITY });
    },
    end(at, policy) {
      const index = spans.findLastIndex((span) => span.policy === policy);
      for (const span of spans.slice(0, Math.max(0, index))) span.until = Math.min(span.until, at);
    },
    between,
    at: (instant) => between(instant - CALL_MS, instant),
    get last() {
      return (spans.at(-1) as (typeof spans)[number]).policy;
    },
  };
}

/** Under which names it stands. */
export function namesOf({ name = 'everyone', isByPlatform }: Pick<FleetPolicy, 'name' | 'isByPlatform'>): readonly string[] {
  if (!isByPlatform) return [name];
  return POLICY_PLATFORMS.map((platform) => (name === 'everyone' ? platform : `${name} ${platform}`));
}
