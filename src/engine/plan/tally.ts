import { createHash } from 'node:crypto';
import type { Decision } from '../../decide/decide.ts';
import { changeOf, isGuarded, type Ordered, orderedBy } from '../../decide/plan-change.ts';
import { tenthOf } from '../../policy/limits.ts';
import type { PlanDifference } from '../plan-answers.ts';

/** The sums of a difference, device by device in the order of their ids. */
export interface Tally {
  /** Devices by reason, after. */
  readonly counts: Record<string, number>;
  add(id: string, before: Decision, after: Decision): void;
  difference(of: Pick<PlanDifference, 'file' | 'hash' | 'inForce' | 'notes'>, hasGuard: boolean): PlanDifference;
}

export function createTally(): Tally {
  const counts: Record<string, number> = {};
  const countsBefore: Record<string, number> = {};
  const changes = { 'handed-out': 0, 'brought-forward': 0, 'put-off': 0, 'taken-back': 0, other: 0 };
  const restarts = new Map<string, { before: number; after: number }>();
  /** Line by line what a person accepts. */
  const guarded = createHash('sha256');
  let unchanged = 0;
  let fleet = 0;

  function addRestart(ordered: Ordered | undefined, side: 'before' | 'after'): void {
    const date = ordered?.local.slice(0, 10);
    if (!date) return;
    const day = restarts.get(date) ?? { before: 0, after: 0 };
    day[side] += 1;
    restarts.set(date, day);
  }

  return {
    counts,
    add(id, before, after) {
      const change = changeOf(before, after);
      const ordered = orderedBy(after);
      countReason(countsBefore, before.reason);
      countReason(counts, after.reason);
      if (change === undefined) unchanged += 1;
      else changes[change] += 1;
      if (after.reason !== 'unenrolled' && after.reason !== 'user-enrollment') fleet += 1;
      addRestart(orderedBy(before), 'before');
      addRestart(ordered, 'after');
      if (isGuarded(change)) guarded.update(JSON.stringify([id, change, ordered]));
    },
    difference({ file, hash, inForce, notes }, hasGuard) {
      const limit = tenthOf(fleet);
      const touched = changes['handed-out'] + changes['brought-forward'];
      const guard = { plan: nameOf([hash, inForce, touched, guarded.copy().digest('hex')]), fleet, limit, isHeld: touched > limit };
      return {
        file,
        hash,
        inForce,
        handedOut: changes['handed-out'],
        broughtForward: changes['brought-forward'],
        putOff: changes['put-off'],
        takenBack: changes['taken-back'],
        other: changes.other,
        unchanged,
        countsBefore,
        restarts: [...restarts].map(([date, day]) => ({ date, ...day })).sort((a, b) => (a.date < b.date ? -1 : 1)),
        ...(hasGuard ? { guard } : {}),
        notes,
      };
    },
  };
}

/** The id of a plan: of the policies, of those in force, and of whom it touches how. */
function nameOf(content: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}

export function countReason(counts: Record<string, number>, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}
