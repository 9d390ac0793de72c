import type { Ring } from '../policy/policy.types.ts';
import type { Instant, LocalDateTime } from '../time/local.ts';
import type { RolloutChange } from './acts.ts';
import { openingOf } from './move.ts';
import type { Expedite, Rollout } from './rollout.types.ts';

/** A release that a person wants sooner (rule 23). */

/** It means the devices of that ring: it is named, or stands before one that is. */
export function isCovered({ rings: named }: Pick<Expedite, 'rings'>, rings: readonly Ring[], index: number): boolean {
  return named === undefined || rings.slice(index).some(({ name }) => named.includes(name));
}

export interface ExpediteGiven {
  /** By when, on each device's own clock. */
  due: LocalDateTime;
  /** Names; absent: all. */
  rings?: readonly string[] | undefined;
  by: string;
  because?: string | undefined;
  now: Instant;
}

/** Opens rings and hastens the date. Said again it may bring it forward or mean more rings, never put it off: that is an undo first. */
export function expedite(rollout: Rollout, rings: readonly Ring[], given: ExpediteGiven): RolloutChange {
  const { due, rings: named, by, because, now } = given;
  if (rollout.state !== 'running') return { ok: false, message: `It is ${rollout.state}; ratchet rollout resume comes first.` };
  const unknown = named?.find((name) => !rings.some((ring) => ring.name === name));
  if (unknown !== undefined) {
    const names = rings.map(({ name }) => name).join(', ');
    return {
      ok: false,
      message: `${rollout.policy} has no ring "${unknown}". ${names ? `There are: ${names}.` : 'It has no rings at all.'}`,
    };
  }
  const before = rollout.expedite;
  if (before !== undefined && due > before.due)
    return {
      ok: false,
      message: `It is expedited by ${before.due.slice(0, 16)} already, and a date only gets nearer that way. For a later one take that back first: ratchet rollout expedite --undo.`,
    };
  const all = before === undefined ? named : before.rings && named && [...new Set([...before.rings, ...named])];
  const next: Expedite = {
    due,
    at: now,
    by,
    ...(because === undefined ? {} : { because }),
    ...(all === undefined ? {} : { rings: [...all] }),
  };
  const openings = rings.flatMap(({ name }, index) =>
    isCovered(next, rings, index) && openingOf(rollout, rings, index) === undefined
      ? [{ ring: name, at: now, because: `${by} expedited it` }]
      : [],
  );
  return { ok: true, rollout: { ...rollout, openings: [...rollout.openings, ...openings], expedite: next } };
}

/** Dates are those of the policy again, with notice. Rings that were opened stay open: one never closes. */
export function undoExpedite(rollout: Rollout): RolloutChange {
  const { expedite: before, ...rest } = rollout;
  return before === undefined ? { ok: false, message: 'It is not expedited.' } : { ok: true, rollout: rest };
}
