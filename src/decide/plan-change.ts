import type { ReasonName } from '../reasons/reasons.ts';
import type { LocalDateTime } from '../time/local.ts';
import type { Decision } from './decide.ts';

/** What two decisions about one device differ in, as a plan tells it and the change guard counts it (rule 22). */

/**
 * `handed-out`: it is to install a release that it was not to. `brought-forward`, `put-off`: the same one on another date.
 * `taken-back`: it is to install nothing any more. `other`: only what is shown of it (policy, forecast, reason).
 */
export const PLAN_CHANGES = ['handed-out', 'brought-forward', 'put-off', 'taken-back', 'other'] as const;
export type PlanChange = (typeof PLAN_CHANGES)[number];

/** What a device is made to install, by declaration or by commands. */
export interface Ordered {
  /** Empty while no list of releases is known. */
  release: string;
  build?: string;
  /** Device wall time; empty while no list of releases is known. */
  local: LocalDateTime;
}

/**
 * With these nothing is handed out to a device until it, or the policies, are others. Whatever else keeps it from having its
 * date (it is switched off, its first sync, a battery) passes by itself: then it has it without anybody being asked again.
 */
const NOT_MEANT: ReadonlySet<ReasonName> = new Set<ReasonName>([
  'unenrolled',
  'user-enrollment',
  'platform-observe-only',
  'beta-os',
  'no-policy',
  'device-id-unknown',
  'model-not-in-feed',
  'target-not-offered',
  'release-withdrawn',
  'release-expired',
  'verified',
  'declarations-unsupported',
  'commands-removed',
  'not-supervised',
  'capability-missing',
  'foreign-declarations',
  'not-dep-enrolled',
  'observe-only',
  'exempt',
  'paused',
]);

/** What the device has been handed out, or has as soon as it can take it. Undefined: nothing. */
export function orderedBy(decision: Decision): Ordered | undefined {
  const { isHandedOut, enforcement, memory, mode, reason, policy } = decision;
  const standing = isHandedOut ? enforcement : decision.channel === 'commands' ? memory.order : undefined;
  if (standing !== undefined) return toOrdered(standing);
  if (mode !== 'enforce' || policy === undefined || NOT_MEANT.has(reason)) return undefined;
  if (enforcement !== undefined) return toOrdered(enforcement);
  // The list that comes hands out at once.
  return reason === 'catalogue-missing' ? { release: '', local: '' } : undefined;
}

function toOrdered({ release, build, local }: Ordered): Ordered {
  return { release, ...(build === undefined ? {} : { build }), local };
}

/** What is different for the device; undefined: nothing that is shown of it. */
export function changeOf(before: Decision, after: Decision): PlanChange | undefined {
  const was = orderedBy(before);
  const is = orderedBy(after);
  if (is !== undefined && was === undefined) return 'handed-out';
  if (is === undefined && was !== undefined) return 'taken-back';
  if (is !== undefined && was !== undefined) {
    if (is.release !== was.release || is.build !== was.build) return 'handed-out';
    // Wall time of one and the same device: its text sorts as its time does.
    if (is.local !== was.local) return is.local < was.local ? 'brought-forward' : 'put-off';
  }
  const isSame =
    before.policy === after.policy &&
    before.reason === after.reason &&
    before.mode === after.mode &&
    before.target?.release === after.target?.release &&
    before.enforcement?.local === after.enforcement?.local;
  return isSame ? undefined : 'other';
}

/** Rule 22: what the guard counts. */
export function isGuarded(change: PlanChange | undefined): boolean {
  return change === 'handed-out' || change === 'brought-forward';
}
