import { lastCommand } from '../delivery/wanted.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import { meaningOfErrors } from '../mdm/update-errors.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import type { Policy } from '../policy/policy.types.ts';
import { targetText } from '../policy/target-keys.ts';
import type { Offer, ReleaseKey } from '../releases/catalogue.types.ts';
import { type NotInstallableReason, notInstallableReason } from '../releases/offers.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../time/local.ts';
import { absenceOf } from './absence.ts';
import { supervisionOf } from './channel.ts';
import { momentsOf } from './device-clock.ts';
import type { Enforcement } from './manifest.ts';
import { isAboveNumber, meantBy } from './meant.ts';
import { newerSystems } from './own-list.ts';
import { expediteFor, isRingOpen, isSkipped, ringStateOf } from './rings.ts';
import type { Situation, Target } from './situation.types.ts';

/** Within this of its date a target is not swapped for a newer one (rule 9). */
export const NO_SWAP_MS = 72 * HOUR_MS;

type Before = Omit<Situation, 'target'>;

/** The release this device is to be on, and never one that is not newer than what it runs (promise 2). */
export function chooseTarget(situation: Before, mayKeepTarget = true): Target {
  const { policy, version } = situation;
  if (policy === undefined || version === undefined) return { kind: 'none' };
  const floor = parseVersion(policy.floor);
  if (floor !== undefined && compareVersions(version, floor) >= 0) return { kind: 'reached', version: `${policy.floor} (floor)` };
  const wanted = choose(situation, policy, version);
  const forSupervised = offerIfSupervised(situation, wanted);
  if (forSupervised) return { kind: 'supervision-unknown', offer: forSupervised };
  const kept = mayKeepTarget && wanted.kind === 'release' ? heldInsteadOf(situation, wanted.offer, version) : undefined;
  return kept ? { kind: 'release', offer: kept, version: kept.version, keptBecause: 'rule 9' } : wanted;
}

/**
 * There is nothing for it as far as is known, and there is something if it is supervised, which it has not told: then it is
 * neither left without its release nor verified by guess. What anyone may have, it is asked for meanwhile.
 */
function offerIfSupervised(situation: Before, wanted: Target): Offer | undefined {
  const { enrollment, platform, version } = situation;
  if (wanted.kind === 'release' || wanted.kind === 'ring-closed') return undefined;
  return supervisionOf(enrollment, platform, version) === undefined ? newestWanted(situation, true) : undefined;
}

function choose(situation: Before, policy: Policy, version: OsVersion): Target {
  const { target } = policy;
  if (target.kind === 'exact') return chooseExact(situation, target.version);
  if (target.kind !== 'build') return chooseNewest(situation, policy, version);
  const offer = situation.offers.find(({ builds }) => builds.includes(target.build));
  return offer ? chooseExact(situation, formatVersion(offer.version)) : { kind: 'not-offered', version: target.build };
}

/**
 * The newest release open to this device under its policy, never simply the newest (rule 8). Where Apple took back the
 * newest one, the newest that is left is chosen; a device already past that one waits.
 */
function chooseNewest(situation: Before, policy: Policy, version: OsVersion): Target {
  const wanted = targetText(policy.target);
  const meant = meantByPolicy(situation, policy, version);
  const newest = meant.find((offer) => isOpen(situation, offer));
  if (newest && compareVersions(newest.version, version) > 0) return { kind: 'release', offer: newest, version: newest.version };
  const closed = meant.find((offer) => compareVersions(offer.version, version) > 0 && installProblem(situation, offer) === undefined);
  if (closed) return ringClosed(situation, closed);
  const withdrawn = meant.find((offer) => offer.withdrawnAt !== undefined && compareVersions(offer.version, version) > 0);
  if (withdrawn) return { kind: 'withdrawn', offer: withdrawn };
  const missed = missedForGood(situation, policy, version, meant);
  if (missed) return missed;
  if (newest) return { kind: 'reached', version: wanted, offer: newest };
  const { listedNothing } = situation.input.memory;
  const isSure = listedNothing !== undefined && listedNothing.times >= LISTS_NOTHING_TIMES;
  if (
    isSure &&
    isNewestOfBranch(situation) &&
    listedNothing.lastAt - listedNothing.since >= LISTS_NOTHING_MS &&
    listedNothingAt(situation) !== undefined
  )
    return { kind: 'reached', version: wanted };
  const isAboveAll = meant.length > 0 && meant.every((offer) => compareVersions(offer.version, version) <= 0);
  return isAboveAll || isAbove(situation, policy, version) ? { kind: 'reached', version: wanted } : { kind: 'not-offered' };
}

/** Nothing is listed that the policy means, and the device is above it for certain: of a newer major version, or on a release newer than n-1. */
function isAbove(situation: Before, policy: Policy, version: OsVersion): boolean {
  const { target } = policy;
  if (target.kind === 'major') return version.major > target.major;
  return target.kind === 'behind' && isAboveNumber(policy, notSkipped(situation), version);
}

function meantByPolicy(situation: Before, policy: Policy, version: OsVersion): Offer[] {
  return meantBy(policy, notSkipped(situation), version).filter((offer) => offer.isListed || offer.withdrawnAt !== undefined);
}

function notSkipped(situation: Before): Offer[] {
  return situation.offers.filter((offer) => !isSkipped(situation, offer));
}

/**
 * What the policy means can't be had: n-1 itself is no longer listed, or a release within its bounds is listed for
 * supervised devices only. Who runs less is behind it all the same, whatever older release is the newest that is left
 * (promise 8). Only plain `latest` means what the device itself is offered.
 */
function missedForGood(situation: Before, policy: Policy, version: OsVersion, meant: readonly Offer[]): Target | undefined {
  const { target, cap } = policy;
  const isMissed = (offer: Offer) => !offer.isImprovement && compareVersions(offer.version, version) > 0;
  const named = target.kind === 'behind' ? meantBy(policy, notSkipped(situation), version).filter(isMissed) : [];
  const [newest] = named;
  if (newest) {
    const listed = named.find((offer) => offer.isListed && compareVersions(offer.version, newest.version) === 0);
    if (listed === undefined) return { kind: 'expired', offer: newest, because: 'not-listed' };
    if (installProblem(situation, listed) === 'expired') return { kind: 'expired', offer: listed, because: 'expired' };
  }
  if (target.kind === 'latest' && cap === undefined) return undefined;
  const kept = meant.find((offer) => isMissed(offer) && installProblem(situation, offer) === 'not-public');
  return kept && { kind: 'not-offered', version: formatVersion(kept.version) };
}

/** A Mac without a key that says for so long, so often, that there is nothing to install has nothing: an empty list may be a scan that hung. */
const LISTS_NOTHING_MS = 10 * DAY_MS;
const LISTS_NOTHING_TIMES = 10;

/** Nothing newer of its major version is listed for any Mac: before 11 that is 10.13, 10.14 and so on. Lists alone prove nothing (promise 8). */
function isNewestOfBranch({ input, version }: Before): boolean {
  if (version === undefined || input.catalogue === undefined) return false;
  return !input.catalogue.releases.some(
    (release) =>
      release.platform === 'macOS' &&
      release.version.major === version.major &&
      (version.major > 10 || release.version.minor === version.minor) &&
      compareVersions(release.version, version) > 0 &&
      release.groups.some((group) => group.unlistedAt === undefined && group.withdrawnAt === undefined && !group.isImprovement),
  );
}

/** When a device whose own list is all that can be known last told one without an OS newer than its own, if that was its last. */
export function listedNothingAt({ enrollment, input, deviceKey, channel, version }: Before): Instant | undefined {
  if (deviceKey !== undefined || channel !== 'commands') return undefined;
  const listAt = observedWhen(enrollment, 'availableUpdates');
  const asked = lastCommand(
    input.commands.filter((entry) => entry.state === 'answered'),
    'AvailableOSUpdates',
    enrollment.generation,
  );
  const refusedAt = asked?.answer === 'Acknowledged' ? 0 : (asked?.endedAt ?? 0);
  if (refusedAt > listAt) return meaningOfErrors(asked?.errorChain)?.kind === 'up-to-date' ? refusedAt : undefined;
  return listAt > 0 && newerSystems(enrollment, version).length === 0 ? listAt : undefined;
}

function chooseExact(situation: Before, text: string): Target {
  const { version } = situation;
  const wanted = parseVersion(text);
  if (wanted === undefined || version === undefined) return { kind: 'none' };
  const offer = situation.offers.find((candidate) => compareVersions(candidate.version, wanted) === 0);
  if (compareVersions(version, wanted) >= 0) return { kind: 'reached', version: text, ...(offer ? { offer } : {}) };
  if (offer === undefined) return { kind: 'not-offered', version: text };
  const problem = installProblem(situation, offer);
  if (problem === undefined && !isRingOpen(situation, offer)) return ringClosed(situation, offer);
  if (problem === undefined) return { kind: 'release', offer, version: offer.version };
  if (problem === 'withdrawn') return { kind: 'withdrawn', offer };
  if (problem === 'expired' || problem === 'expires-before') return { kind: 'expired', offer, because: problem };
  return { kind: 'not-offered', version: text };
}

/** What this device would be on if all rings were open; undefined when that is not newer than what it runs, or nothing. */
export function newestWanted(situation: Before, isSupervised = isKnownSupervised(situation)): Offer | undefined {
  const { policy, version } = situation;
  if (policy === undefined || version === undefined) return undefined;
  const floor = parseVersion(policy.floor);
  if (floor !== undefined && compareVersions(version, floor) >= 0) return undefined;
  const { target } = policy;
  const named = target.kind === 'exact' ? parseVersion(target.version) : undefined;
  const meant =
    target.kind === 'exact'
      ? situation.offers.filter((offer) => named !== undefined && compareVersions(offer.version, named) === 0)
      : target.kind === 'build'
        ? situation.offers.filter(({ builds }) => builds.includes(target.build))
        : meantByPolicy(situation, policy, version);
  return meant.find((offer) => compareVersions(offer.version, version) > 0 && installProblem(situation, offer, isSupervised) === undefined);
}

/** Promise 2 for a release handed out earlier: still offered to this device, wanted by Apple, newer than what it runs. */
export function mayStillHave(situation: Before, release: ReleaseKey): boolean {
  const { version } = situation;
  const offer = situation.offers.find((candidate) => candidate.release === release);
  return version !== undefined && offer !== undefined && compareVersions(offer.version, version) > 0 && isOpen(situation, offer);
}

function isOpen(situation: Before, offer: Offer): boolean {
  return installProblem(situation, offer) === undefined && isRingOpen(situation, offer);
}

function ringClosed(situation: Before, offer: Offer): Target {
  const state = ringStateOf(situation, offer.release);
  return state ? { kind: 'ring-closed', offer, version: formatVersion(offer.version), state } : { kind: 'not-offered' };
}

/** Unknown counts as not. */
function isKnownSupervised({ enrollment, platform, version }: Before): boolean {
  return supervisionOf(enrollment, platform, version) ?? false;
}

function installProblem(situation: Before, offer: Offer, isSupervised = isKnownSupervised(situation)): NotInstallableReason | undefined {
  const { enrollment, platform, version } = situation;
  const major = version?.major ?? 0;
  return notInstallableReason(offer, {
    isSupervised,
    now: situation.now,
    currentBuild: known(enrollment, 'buildVersion'),
    combinedImprovements: platform === 'macOS' ? major >= 15 : major >= 18,
  });
}

/**
 * Rule 9: a target is not swapped for a newer one while the device is prepared or installing, nor within 72 h of its
 * date, wherever the device is; only withdrawal and expiry replace it sooner, an operator who asks for less, and one who
 * expedites the newer release while nothing is installing.
 */
function heldInsteadOf(situation: Before, wanted: Offer, version: OsVersion): Offer | undefined {
  const { held, policy } = situation;
  if (held === undefined || held.release === wanted.release || held.policy !== policy?.name) return undefined;
  const { isUnderWay, isInstalling, isNearDate } = hadStanding(situation, held);
  // Rule 23: a person wants it sooner than rule 9 lets it come.
  if (expediteFor(situation, wanted.release) && !isInstalling && !situation.hasStarted) return undefined;
  // It comes back past its date and gets another one: then for the newest.
  if (absenceOf(situation)) return undefined;
  const offer = situation.offers.find((candidate) => candidate.release === held.release);
  if (offer === undefined || !isOpen(situation, offer)) return undefined;
  if (compareVersions(offer.version, version) <= 0 || compareVersions(offer.version, wanted.version) > 0) return undefined;
  return isUnderWay || isNearDate ? offer : undefined;
}

/**
 * How far the device is with what it fetched of the release it is held to: the declaration that is in force, or, while
 * it has not fetched that one (an edit gave it another date), the one before it.
 */
function hadStanding(situation: Before, held: Enforcement): { isUnderWay: boolean; isInstalling: boolean; isNearDate: boolean } {
  const { now, enrollment } = situation;
  const { holds } = situation.input.memory;
  const isFormerHeld = holds !== undefined && holds.version === held.version && holds.since >= enrollment.generation;
  const former = situation.isHeldFetched || !isFormerHeld ? undefined : holds;
  if (!situation.isHeldFetched && former === undefined) return { isUnderWay: false, isInstalling: false, isNearDate: false };
  const { installState } = enrollment.facts;
  const told = installState !== undefined && installState.observedAt >= (former?.since ?? 0) ? installState : undefined;
  const progress = former ? told?.value : situation.progress?.value;
  const { earliestAt, latestAt } = former ? momentsOf(former.local, situation) : held;
  return {
    isUnderWay: progress === 'prepared' || progress === 'installing',
    isInstalling: progress === 'installing',
    isNearDate: now > earliestAt - NO_SWAP_MS && now < latestAt + NO_SWAP_MS,
  };
}
