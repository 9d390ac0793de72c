import type { ReasonGroup } from './reason.types.ts';
import { REASON_NAMES, REASONS, type ReasonName } from './reasons.ts';

/** Reasons by where a device stands, for totals and filters. */

/** What an admin should look at first comes first. */
export const REASON_GROUPS = [
  'broken',
  'needs-person',
  'held',
  'on-the-way',
  'left-alone',
  'current',
] as const satisfies readonly ReasonGroup[];

/** Undefined for a reason that this version does not know: a device has it until it is decided anew. */
export function groupOf(reason: string): ReasonGroup | undefined {
  return isReason(reason) ? REASONS[reason].group : undefined;
}

export function isReason(text: string): text is ReasonName {
  return Object.hasOwn(REASONS, text);
}

export function reasonsIn(groups: readonly ReasonGroup[]): ReasonName[] {
  return REASON_NAMES.filter((name) => groups.includes(REASONS[name].group));
}
