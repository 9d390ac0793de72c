import type { Fact } from '../enrollment/fact.ts';
import { CLOCK_OFF_MS } from '../enrollment/observed-at.ts';
import { type EnrollmentState, known, knownExtra } from '../enrollment/state.ts';
import { lookupKey } from '../os/lookup-key.ts';
import { platformOf } from '../os/platform.ts';
import { takesOsUpdateStatus } from '../os/update-commands.ts';
import { type OsVersion, parseVersion } from '../os/version.ts';
import { comesOfAgeAt, hangsOn, type MatchSubject, matchPolicy, modeInForce } from '../policy/match.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import { offersFor } from '../releases/offers.ts';

import { HOUR_MS, type Instant, isTimeZone } from '../time/local.ts';
import { channelOf, type DeviceChannel } from './channel.ts';
import { commandProgressOf } from './command-progress.ts';
import { onClock } from './device-clock.ts';
import type { DecideInput, Memory } from './input.ts';
import type { Enforcement } from './manifest.ts';
import { listedAs, offersByOwnList } from './own-list.ts';
import { hasToldOf } from './placed-date.ts';
import { readBackOf } from './read-back.ts';
import { asExpedited } from './rings.ts';
import { wasQuietForLong } from './silent-date.ts';
import type { Situation } from './situation.types.ts';
import { chooseTarget } from './target.ts';

/** A report of `installing` older than this no longer means that an installation runs. */
const INSTALLING_MAX_MS = 24 * HOUR_MS;

/** `mayKeepTarget`: rule 9 has its say. */
export function assess(input: DecideInput, { mayKeepTarget = true } = {}): Situation {
  const { enrollment, now } = input;
  const subject = subjectOf(enrollment, input.tags, now);
  const { platform, version } = subject;
  const policy = matchPolicy(input.policies, subject);
  const deviceKey = lookupKey({
    platform,
    version,
    softwareUpdateDeviceId: known(enrollment, 'softwareUpdateDeviceId'),
    productName: known(enrollment, 'productName'),
    model: known(enrollment, 'model'),
  });
  const channel = channelOf(enrollment, platform, version, policy);
  const offers = offersOf(input, deviceKey, channel, version);
  const toldZone = known(enrollment, 'timeZone');
  const zoneKnown = toldZone !== undefined && isTimeZone(toldZone);
  const clock = { zone: zoneKnown ? toldZone : input.policies.timeZone, zoneAssumed: !zoneKnown };
  const isByCommand = channel === 'commands';
  const commandProgress = isByCommand
    ? commandProgressOf(enrollment, input.commands, takesOsUpdateStatus(platform, version), now)
    : undefined;
  const who = {
    input,
    now,
    enrollment,
    platform,
    version,
    build: known(enrollment, 'supplementalBuildVersion') || known(enrollment, 'buildVersion'),
    subject,
    policy,
    policyHangsOn: hangsOn(input.policies, subject),
    comesOfAgeAt: comesOfAgeAt(input.policies, subject),
    mode: modeInForce(input.policies, policy),
    deviceKey,
    offers,
    ...clock,
    channel,
    commandProgress,
  };
  const unheld = { held: undefined, isHeldFetched: false, progress: undefined, hasStarted: false };
  const readBack = readBackOf({ ...who, ...unheld });
  const inForce = readBack === undefined || readBack === 'unknown' ? input.manifest?.enforcement : readBack;
  const standing = isByCommand ? orderIn(input.memory) : inForce === 'nothing' ? undefined : inForce;
  const held = standing && onClock(asExpedited(who, standing), clock);
  const isGone = held !== undefined && !isByCommand && wasGivenBack(input, held);
  const progress = isByCommand || isGone ? undefined : progressOf(enrollment, held);
  const base = {
    ...who,
    held,
    isHeldFetched: held !== undefined && !isGone && (isByCommand || isFetched(enrollment, held.identifier)),
    readBack,
    progress,
    hasStarted:
      (progress?.value === 'installing' && progress.observedAt > now - INSTALLING_MAX_MS) ||
      (commandProgress?.stage === 'installing' && commandProgress.observedAt > now - INSTALLING_MAX_MS),
  };
  const target = chooseTarget(base, mayKeepTarget);
  if (!isByCommand || target.kind !== 'release') return { ...base, target };
  const targetKey = listedAs(enrollment, target.version)?.productKey;
  const asksStatus = takesOsUpdateStatus(platform, version);
  return { ...base, target, commandProgress: commandProgressOf(enrollment, input.commands, asksStatus, now, targetKey) };
}

/** What policies look at. */
export function subjectOf(enrollment: EnrollmentState, tags: readonly string[], now: Instant): MatchSubject {
  const productName = known(enrollment, 'productName');
  const model = known(enrollment, 'model');
  const byName = platformOf(productName);
  return {
    id: enrollment.id,
    serialNumber: known(enrollment, 'serialNumber'),
    platform: byName === 'unknown' ? platformOf(model) : byName,
    productName: productName ?? model,
    version: parseVersion(known(enrollment, 'osVersion'), knownExtra(enrollment)),
    isSupervised: known(enrollment, 'isSupervised'),
    tags,
    enrolledAt: enrolledOf(enrollment),
    now,
  };
}

function offersOf(
  { catalogue, enrollment }: DecideInput,
  deviceKey: string | undefined,
  channel: DeviceChannel,
  version: OsVersion | undefined,
): readonly Offer[] {
  if (catalogue === undefined) return [];
  if (deviceKey !== undefined) return offersFor(catalogue, deviceKey);
  return channel === 'commands' ? offersByOwnList(enrollment, catalogue, version) : [];
}

/** Where nobody heard it enroll: when it was first heard of, which was later. */
function enrolledOf({ enrolledAt, generation, firstSeenAt }: EnrollmentState): Instant {
  return Math.max(enrolledAt, generation) || firstSeenAt;
}

function orderIn({ order }: Memory): Enforcement | undefined {
  return order && { ...order, identifier: '' };
}

/**
 * The install state the device reported since it fetched that declaration: what it reported earlier speaks of another
 * update (rule 18). A body refused since does not matter here: what it had fetched before it may be installing.
 */
function progressOf(enrollment: EnrollmentState, enforcement: Enforcement | undefined): Fact<string> | undefined {
  const fetchedAt = enforcement && fetchedAtOf(enrollment, enforcement.identifier);
  const { installState } = enrollment.facts;
  return fetchedAt !== undefined && installState !== undefined && installState.observedAt >= fetchedAt ? installState : undefined;
}

/**
 * The same date under the same identifier was taken back from it meanwhile, and is listed again: what it had fetched it gave
 * up, and fetches anew. A device that never synced the withdrawal still has it, and does not; where another server answers
 * in our place nobody can tell the two apart, nor refuse a date that is past to a device that forgot it: such a one gets another.
 */
function wasGivenBack(input: DecideInput, held: Enforcement): boolean {
  const { enrollment, manifest, memory, now } = input;
  const { identifier } = held;
  if (input.placing) return !hasToldOf(input, identifier) || wasQuietForLong(held, enrollment, memory.quiet, now);
  if (manifest?.enforcement?.identifier !== identifier || memory.holds?.identifier === identifier) return false;
  const told = Math.max(enrollment.fetched[identifier] ?? 0, enrollment.declarations[identifier]?.observedAt ?? 0);
  const listedSince = manifest.enforcementSince ?? 0;
  if (told >= listedSince) return false;
  // By the stamps alone both could be: it was listed anew within minutes of what the device told of it before.
  const { itemsAnswered } = enrollment.facts;
  const hasGotAnother = itemsAnswered !== undefined && itemsAnswered.observedAt >= told && itemsAnswered.value !== manifest.token;
  return hasGotAnother || told < listedSince - CLOCK_OFF_MS;
}

/** The device has that enforcement, which this decision hands out. */
export function isWithDevice({ input, enrollment, held, isHeldFetched }: Situation, identifier: string): boolean {
  if (held?.identifier === identifier) return isHeldFetched;
  const isTakenBack = input.manifest !== undefined && input.memory.holds?.identifier !== identifier;
  return !isTakenBack && isFetched(enrollment, identifier);
}

/** Fetched in this generation, and not refused since: a device whose fetch was refused asks anew. */
export function isFetched(enrollment: EnrollmentState, identifier: string): boolean {
  const at = fetchedAtOf(enrollment, identifier);
  if (at === undefined || at < enrollment.generation) return false;
  return (enrollment.refused[identifier] ?? 0) <= at;
}

/** When it fetched that declaration; what only its report tells was fetched from a store before this one. */
export function fetchedAtOf({ fetched, declarations }: EnrollmentState, identifier: string): number | undefined {
  return fetched[identifier] ?? declarations[identifier]?.observedAt;
}
