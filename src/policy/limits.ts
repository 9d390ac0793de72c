import type { Limits } from './policy.types.ts';

/** How many devices may be touched at once (rule 22). */

/** The larger of 50 and a tenth of the fleet: what happens without a person's yes, and by default on one day. */
export function tenthOf(fleet: number): number {
  return Math.max(50, Math.floor(fleet / 10));
}

/** In force for a fleet of that size. */
export function limitsFor({ newPerDay, restartsPerDate, perTag = {} }: Limits, fleet: number): Required<Limits> {
  const usual = tenthOf(fleet);
  return { newPerDay: newPerDay ?? usual, restartsPerDate: restartsPerDate ?? usual, perTag };
}
