import { enforcementIdentifier, isEnforcementIdentifier } from '../ddm/declarations.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import { compareVersions, formatVersion } from '../os/version.ts';
import { timeOfDay } from '../policy/ledger.ts';
import type { Policy } from '../policy/policy.types.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import { DAY_MS, type Instant, type LocalDateTime, localDaysAfter } from '../time/local.ts';
import { momentsOf } from './device-clock.ts';
import type { DecideInput, Restored } from './input.ts';
import type { Enforcement } from './manifest.ts';
import type { Situation } from './situation.types.ts';

/**
 * Rule 35, after a restore: what the device was given between the backup and the restore is known by the device alone.
 * An enforcement it reports is known by its identifier, a digest of what it says; so the dates that may have been handed
 * out are gone through until one has that digest. Nothing is guessed: either it is that very declaration, or not known.
 */

/** After this long a restore matters no more: who was silent through it comes back by rule 15. */
const RESTORED_MATTERS_MS = 90 * DAY_MS;
/** Full reports come daily: who was there through two of them and sent none is in no declarative management of ours. */
const TELLS_WITHIN_MS = 2 * DAY_MS;
/** Dates are looked for from this long before the backup to this long after what the policy gives. */
const BEFORE_BACKUP_MS = 2 * DAY_MS;
const AFTER_DUE_DAYS = 45;
const DAYS_MAX = 400;
const RELEASES_MAX = 8;

type Told = Pick<DecideInput, 'control' | 'enrollment' | 'memory' | 'now'>;
type Before = Omit<Situation, 'target' | 'readBack'>;

/** The restore that still matters for this device; one that enrolled since began anew. */
export function restoredFor({ control, enrollment, now }: Pick<DecideInput, 'control' | 'enrollment' | 'now'>): Restored | undefined {
  const { restored } = control;
  if (restored === undefined || now - restored.at >= RESTORED_MATTERS_MS || enrollment.generation >= restored.at) return undefined;
  return restored;
}

/**
 * What the device said since the restore that it holds: the enforcement, `nothing` when it has none, `unknown` when it has
 * one that can't be recognized. Undefined when it has not said, or has got a manifest of ours since.
 */
export function readBackOf(situation: Before): Enforcement | 'nothing' | 'unknown' | undefined {
  const { input, enrollment, channel } = situation;
  const restored = restoredFor(input);
  if (restored === undefined || channel !== 'declarations' || observedWhen(enrollment, 'itemsAnswered') >= restored.at) return undefined;
  if (enrollment.fullReportAt < restored.at) return undefined;
  const identifier = Object.keys(enrollment.declarations)
    .sort()
    .find((candidate) => isEnforcementIdentifier(candidate));
  if (identifier === undefined) return 'nothing';
  const committed = input.manifest?.enforcement;
  if (committed?.identifier === identifier) return committed;
  return recognize(situation, identifier, restored) ?? 'unknown';
}

/** Before this it is not answered, so that it keeps what it has: it has not said since the restore what that is. */
export function isUnread(situation: Pick<Situation, 'input' | 'enrollment' | 'channel' | 'readBack' | 'held' | 'now'>): boolean {
  const { input, enrollment, channel, readBack, now } = situation;
  const restored = restoredFor(input);
  if (restored === undefined || channel !== 'declarations' || observedWhen(enrollment, 'itemsAnswered') >= restored.at) return false;
  if (readBack !== undefined && readBack !== 'unknown') return false;
  const tellsUntil = tellsUntilOf(input);
  return input.control.held !== undefined || tellsUntil === undefined || now < tellsUntil;
}

/** Until when a device that was seen since the restore is waited for; undefined while it was not seen. */
export function tellsUntilOf(input: Told): Instant | undefined {
  const restored = restoredFor(input);
  if (restored === undefined) return undefined;
  const seenAt = seenSince(input, restored);
  return seenAt === undefined ? undefined : seenAt + TELLS_WITHIN_MS;
}

/** The first contact since the restore, as far as decisions noted it. */
export function seenSince({ enrollment, memory }: Pick<DecideInput, 'enrollment' | 'memory'>, restored: Restored): Instant | undefined {
  const noted = memory.restored?.at === restored.at ? memory.restored.seenAt : undefined;
  return noted ?? (enrollment.lastSeenAt >= restored.at ? enrollment.lastSeenAt : undefined);
}

/** No restore leaves open what it holds of ours, whatever channel it is on: it has told since, or had the time to. */
export function hasToldHoldings(input: Told): boolean {
  const { enrollment, now } = input;
  const restored = restoredFor(input);
  if (restored === undefined || observedWhen(enrollment, 'itemsAnswered') >= restored.at || enrollment.fullReportAt >= restored.at)
    return true;
  const tellsUntil = tellsUntilOf(input);
  return tellsUntil !== undefined && now >= tellsUntil;
}

/** What must be heard of the device since the restore before anything new is handed out to it. */
export function untoldSinceRestore(situation: Situation): string[] {
  const { input, enrollment } = situation;
  const restored = restoredFor(input);
  if (restored === undefined) return [];
  const missing: string[] = [];
  if (observedWhen(enrollment, 'osVersion') < restored.at) missing.push('OSVersion');
  if (isUnread(situation)) missing.push('management.declarations');
  return missing;
}

function recognize(situation: Before, identifier: string, restored: Restored): Enforcement | undefined {
  const { policy, input } = situation;
  if (policy === undefined) return undefined;
  const committed = input.manifest?.enforcement;
  const pages = new Set([input.ownersPage, committed?.isOwnersPage ? committed.detailsUrl : undefined]);
  const detailsUrls = [...new Set([policy.detailsUrl, undefined, committed?.detailsUrl, input.ownersPage])];
  const isPage = (url: string) => url !== policy.detailsUrl && pages.has(url);
  const dates = datesFor(situation, policy, restored);
  for (const offer of releasesFor(situation)) {
    const version = formatVersion({ ...offer.version, extra: '' });
    const build = offer.isImprovement ? offer.builds[0] : undefined;
    for (const detailsUrl of detailsUrls) {
      for (const local of dates) {
        const payload = {
          TargetOSVersion: version,
          ...(build === undefined ? {} : { TargetBuildVersion: build }),
          TargetLocalDateTime: local,
          ...(detailsUrl === undefined ? {} : { DetailsURL: detailsUrl }),
        };
        if (enforcementIdentifier(payload) !== identifier) continue;
        return {
          identifier,
          release: offer.release,
          version,
          ...(build === undefined ? {} : { build }),
          local,
          ...momentsOf(local, situation),
          ...(detailsUrl === undefined ? {} : { detailsUrl, ...(isPage(detailsUrl) ? { isOwnersPage: true as const } : {}) }),
          policy: policy.name,
          ledgerLocal: local,
          adjustments: [],
        };
      }
    }
  }
  return undefined;
}

/** Newest first: the newest is the likeliest. */
function releasesFor({ offers, version }: Before): readonly Offer[] {
  return offers.filter((offer) => version === undefined || compareVersions(offer.version, version) > 0).slice(0, RELEASES_MAX);
}

function datesFor({ input, enrollment, zone }: Before, policy: Policy, restored: Restored): Set<LocalDateTime> {
  const told = known(enrollment, 'pendingVersion')?.targetLocalDateTime;
  const dates = new Set<LocalDateTime>([...(told === undefined ? [] : [told]), ...input.lines.map((line) => line.dueLocal)]);
  if (policy.due.kind === 'date') dates.add(policy.due.at);
  const from = restored.backupAt - BEFORE_BACKUP_MS;
  const dueDays = policy.due.kind === 'days' ? policy.due.days : 0;
  const days = Math.min(DAYS_MAX, Math.ceil((restored.at - from) / DAY_MS) + dueDays + AFTER_DUE_DAYS);
  for (let day = 0; day <= days; day += 1) dates.add(localDaysAfter(from, day, timeOfDay(policy.due), zone));
  return dates;
}
