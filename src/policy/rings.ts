import { createHash } from 'node:crypto';
import { type MatchSubject, matches } from './match.ts';
import type { Ring } from './policy.types.ts';

/**
 * Who is in which ring. By a hash of the policy's name and the enrollment id (rule 24), so that everybody can say it at any
 * time without asking about others, a larger percentage only adds, and the same people are not first under every policy.
 */

/** Where a device stands in a policy, from 0 to just below 100: of 1,000 devices about 10 are below 1. */
export function slotOf(policy: string, enrollmentId: string): number {
  const digest = createHash('sha256').update(`${policy}\n${enrollmentId}`).digest();
  return (digest.readUIntBE(0, 6) / 2 ** 48) * 100;
}

/**
 * The index of the ring a device is in: the first that means it, and the last takes all that are left. Percentages add up in
 * the order of the rings, whatever rings by match stand between them. `chosen`: of a ring of so many devices, which.
 */
export function ringIndexOf(rings: readonly Ring[], policy: string, subject: MatchSubject, chosen: ReadonlySet<string>): number {
  const slot = slotOf(policy, subject.id);
  let below = 0;
  for (const [index, { who }] of rings.entries()) {
    if (who.kind === 'percent') below += who.percent;
    if (who.kind === 'percent' && slot < below) return index;
    if (who.kind === 'devices' && chosen.has(subject.id)) return index;
    if (who.kind === 'match' && matches(who.match, subject)) return index;
  }
  return rings.length - 1;
}
