import { ENFORCEMENT_TYPE } from '../ddm/declarations.ts';
import { isOutstanding, type OutboxEntry } from '../delivery/outbox-entry.ts';
import { lastCommand } from '../delivery/wanted.ts';
import { isCheckedOut, known, observedWhen } from '../enrollment/state.ts';
import { enforcementSupport, needsSupervisionForEnforcement } from '../os/availability.ts';
import { isBetaBuild } from '../os/build.ts';
import { needsDepAndNoPasscode, updateCommandSupport } from '../os/update-commands.ts';
import { formatVersion } from '../os/version.ts';
import type { ReleaseKey } from '../releases/catalogue.types.ts';
import { hasDevice, isKnownBuild } from '../releases/offers.ts';
import { HOUR_MS, type Instant } from '../time/local.ts';
import { supervisionOf, takesDeclarations } from './channel.ts';
import type { Check, Objection } from './check.types.ts';
import type { DecideInput } from './input.ts';
import { hasNotLeft } from './leaving.ts';
import { hasItsTurn } from './load.ts';
import { reportsOurs } from './ours.ts';
import { exemptUntil, wordOf } from './overrides.ts';
import { listedAs } from './own-list.ts';
import { isThere } from './placing-checks.ts';
import { isSeen, NOT_SEEN_MS } from './progress.ts';
import { untoldSinceRestore } from './read-back.ts';
import { objectionOfRing } from './ring-objection.ts';
import { ringStateOf } from './rings.ts';
import type { Situation } from './situation.types.ts';

/**
 * The checks before anything is handed out, in the order that decides. Read aloud, this is the policy of
 * the product: who it is, what it should run, whether it can be asked, whether it may be asked now.
 */
export const GATES: readonly Check[] = [
  { name: 'our clock can be trusted', run: isClockTrusted },
  { name: 'is enrolled', run: isEnrolled },
  { name: 'Ratchet has not left', run: hasNotLeft },
  { name: 'is an enrollment Apple lets us update', run: isUpdatableEnrollment },
  { name: 'its model and OS are known', run: isInventoried },
  { name: 'its platform takes updates by MDM', run: isUpdatablePlatform },
  { name: 'no beta', run: isNoBeta },
  { name: 'a policy matches', run: hasPolicy },
  { name: 'releases are known', run: hasCatalogue },
  { name: 'its key into the lookup service is known', run: hasDeviceKey },
  { name: 'Apple lists its model', run: isModelListed },
  { name: 'is below its target', run: isBelowTarget },
  { name: 'its target is offered', run: isTargetOffered },
  { name: 'its OS takes declarations or commands', run: hasChannel },
  { name: 'is supervised where that is needed', run: isSupervisedEnough },
  { name: 'says it can enforce', run: isCapable },
  { name: 'is in nobody else’s declarative management', run: isNotForeign },
  { name: 'is past Setup Assistant', run: isConfigured },
  { name: 'is not in Lost Mode', run: isNotLost },
  { name: 'is ready for commands before iOS 10.3', run: isReadyForCommands },
  { name: 'Ratchet is not held', run: isNotHeld },
  { name: 'Ratchet is not stopped', run: isNotStopped },
  { name: 'the mode is enforce', run: isEnforcing },
  { name: 'is not exempt', run: isNotExempt },
  { name: 'is not paused', run: isNotPaused },
  { name: 'its rollout is not paused', run: isRolloutOn },
  { name: 'has told since a restore where it stands', run: hasToldSinceRestore },
  { name: 'Apple’s answer can be trusted', run: isFeedTrusted },
  { name: 'nothing of the other channel is outstanding', run: isOtherChannelClear },
  { name: 'has room and power for a command', run: hasResources },
  { name: 'is there, where a date once placed can’t be refused', run: isThere },
  { name: 'its turn has come', run: hasItsTurn },
];

function isEnrolled({ enrollment }: Situation): Objection | undefined {
  if (isCheckedOut(enrollment)) return { reason: 'unenrolled', effect: 'withdraw', evidence: { checkOutAt: enrollment.checkOutAt } };
  const isComplete = enrollment.tokenUpdateAt >= enrollment.generation || enrollment.lastSeenAt > enrollment.generation;
  if (!isComplete) return { reason: 'enrollment-incomplete', effect: 'withdraw', evidence: { authenticatedAt: enrollment.generation } };
  return undefined;
}

function isUpdatableEnrollment({ enrollment }: Situation): Objection | undefined {
  const told = known(enrollment, 'enrollmentType');
  if (enrollment.type === 'Device' && told !== 'user') return undefined;
  return { reason: 'user-enrollment', effect: 'withdraw', evidence: { type: enrollment.type, ...(told ? { enrollmentType: told } : {}) } };
}

function isInventoried(situation: Situation): Objection | undefined {
  const { enrollment, platform, version, policyHangsOn, channel } = situation;
  const missing: string[] = [];
  if (known(enrollment, 'productName') === undefined && known(enrollment, 'model') === undefined) missing.push('ProductName');
  if (version === undefined) missing.push('OSVersion');
  const needsSupervision = platform === 'macOS' || policyHangsOn.includes('IsSupervised') || channel === 'commands';
  if (needsSupervision && supervisionOf(enrollment, platform, version) === undefined) missing.push('IsSupervised');
  if (policyHangsOn.includes('SerialNumber')) missing.push('SerialNumber');
  return missing.length === 0 ? undefined : notTold(situation, { missing });
}

/** A device that is there is asked; one that is not can't answer. */
function notTold({ enrollment: { lastSeenAt }, now }: Situation, evidence: { missing: string[]; release?: ReleaseKey }): Objection {
  const isGone = lastSeenAt > 0 && now - lastSeenAt >= NOT_SEEN_MS;
  if (isGone) return { reason: 'not-seen', effect: 'withdraw', evidence: { lastSeenAt, ...evidence } };
  return { reason: 'inventory-missing', effect: 'withdraw', evidence };
}

function isUpdatablePlatform({ platform, version, channel }: Situation): Objection | undefined {
  if (version === undefined || channel === 'commands' || enforcementSupport(platform, version) !== 'never') return undefined;
  return { reason: 'platform-observe-only', effect: 'withdraw', evidence: { platform } };
}

function isNoBeta({ enrollment, input, build }: Situation): Objection | undefined {
  const program = known(enrollment, 'betaEnrollment');
  const { catalogue } = input;
  if (build === undefined || !isBetaBuild(build, (candidate) => catalogue !== undefined && isKnownBuild(catalogue, candidate)))
    return undefined;
  return { reason: 'beta-os', effect: 'withdraw', evidence: { build, ...(program ? { betaEnrollment: program } : {}) } };
}

function hasPolicy({ policy }: Situation): Objection | undefined {
  return policy ? undefined : { reason: 'no-policy', effect: 'withdraw', evidence: {} };
}

function hasCatalogue({ input }: Situation): Objection | undefined {
  return input.catalogue ? undefined : { reason: 'catalogue-missing', effect: 'keep', evidence: {} };
}

function hasDeviceKey({ deviceKey, platform, version, target, channel, enrollment, input }: Situation): Objection | undefined {
  if (deviceKey !== undefined || target.kind === 'reached') return undefined;
  if (channel === 'commands') {
    // Rule 1: what it lists itself is what is offered to it.
    const asked = lastCommand(input.commands, 'AvailableOSUpdates', enrollment.generation);
    const isTold = observedWhen(enrollment, 'availableUpdates') > 0 || asked?.state === 'answered';
    const nothingSince = target.kind === 'not-offered' ? input.memory.listedNothing?.since : undefined;
    if (isTold && nothingSince === undefined) return undefined;
    return {
      reason: 'waiting-for-list',
      effect: 'keep',
      evidence: { platform, ...(nothingSince ? { listsNothingSince: nothingSince } : {}) },
    };
  }
  return { reason: 'device-id-unknown', effect: 'withdraw', evidence: { platform, osVersion: version && formatVersion(version) } };
}

function isModelListed({ input, deviceKey, target }: Situation): Objection | undefined {
  if (target.kind === 'reached' || deviceKey === undefined || input.catalogue === undefined || hasDevice(input.catalogue, deviceKey))
    return undefined;
  return { reason: 'model-not-in-feed', effect: 'withdraw', evidence: { deviceKey } };
}

function isBelowTarget({ target, version, enrollment }: Situation): Objection | undefined {
  if (target.kind !== 'reached') return undefined;
  return {
    reason: 'verified',
    effect: 'withdraw',
    evidence: {
      osVersion: version && formatVersion(version),
      observedAt: observedWhen(enrollment, 'osVersion'),
      target: target.offer?.release ?? target.version,
    },
  };
}

export function isTargetOffered(situation: Situation): Objection | undefined {
  const { target, deviceKey } = situation;
  switch (target.kind) {
    case 'supervision-unknown':
      return notTold(situation, { missing: ['IsSupervised'], release: target.offer.release });
    case 'withdrawn':
      return {
        reason: 'release-withdrawn',
        effect: 'withdraw',
        evidence: { release: target.offer.release, withdrawnAt: target.offer.withdrawnAt },
      };
    case 'expired':
      return {
        reason: 'release-expired',
        effect: 'withdraw',
        evidence: { release: target.offer.release, expirationDate: target.offer.expirationDate },
      };
    case 'ring-closed':
      return objectionOfRing(target.state, target.offer.release);
    case 'not-offered':
    case 'none':
      return {
        reason: 'target-not-offered',
        effect: 'withdraw',
        evidence: { deviceKey, ...(target.kind === 'not-offered' ? { version: target.version } : {}) },
      };
    default:
      return undefined;
  }
}

/** It has the date already, and the rollout is paused: nothing new. */
function isRolloutOn(situation: Situation): Objection | undefined {
  const { target } = situation;
  const state = target.kind === 'release' ? ringStateOf(situation, target.offer.release) : undefined;
  return state && target.kind === 'release' ? objectionOfRing(state, target.offer.release) : undefined;
}

function hasChannel({ platform, version, enrollment, channel, policy }: Situation): Objection | undefined {
  if (version === undefined || channel === 'commands') return undefined;
  if (channel === 'declarations' && takesDeclarations(enrollment, platform, version)) return undefined;
  const isRemoved = channel === 'none' && updateCommandSupport(platform, version) === 'removed';
  return {
    reason: isRemoved ? 'commands-removed' : 'declarations-unsupported',
    effect: 'withdraw',
    evidence: { platform, osVersion: formatVersion(version), ...(policy?.channel ? { channel: policy.channel } : {}) },
  };
}

function isSupervisedEnough({ platform, enrollment, version, channel }: Situation): Objection | undefined {
  const isNeeded = channel === 'commands' || needsSupervisionForEnforcement(platform);
  if (!isNeeded || supervisionOf(enrollment, platform, version)) return undefined;
  return { reason: 'not-supervised', effect: 'withdraw', evidence: { platform } };
}

/** Before iOS 10.3; access rights, a user of a Shared iPad and a missing bootstrap token show in the device's answers only. */
function isReadyForCommands({ platform, enrollment, version, channel }: Situation): Objection | undefined {
  if (channel !== 'commands' || !needsDepAndNoPasscode(platform, version)) return undefined;
  const evidence = { osVersion: version && formatVersion(version) };
  if (known(enrollment, 'enrolledViaDep') === false) return { reason: 'not-dep-enrolled', effect: 'withdraw', evidence };
  if (known(enrollment, 'passcodePresent') === true) return { reason: 'passcode-set', effect: 'keep', evidence };
  return undefined;
}

/** Below this and not charging a device refuses; Apple tells no figure. A level observed longer ago says nothing. */
export const BATTERY_LOW = 0.2;
const BATTERY_FRESH_MS = 2 * HOUR_MS;

function hasResources({ enrollment, channel, target, now, platform }: Situation): Objection | undefined {
  if (channel !== 'commands' || target.kind !== 'release') return undefined;
  const free = known(enrollment, 'availableDeviceCapacity');
  const item = listedAs(enrollment, target.version);
  const needed = (item?.downloadSize ?? 0) + (item?.installSize ?? 0);
  // Gigabytes of ten to the ninth, or GiB on older Macs: the smaller reading errs by 7 %.
  if (free !== undefined && needed > 0 && free * 1e9 < needed)
    return {
      reason: 'insufficient-space',
      effect: 'keep',
      evidence: { availableDeviceCapacity: free, neededBytes: needed, observedAt: observedWhen(enrollment, 'availableDeviceCapacity') },
    };
  const level = known(enrollment, 'batteryLevel');
  const at = observedWhen(enrollment, 'batteryLevel');
  if (level !== undefined && level < BATTERY_LOW && now - at < BATTERY_FRESH_MS && platform !== 'tvOS')
    return { reason: 'insufficient-power', effect: 'keep', evidence: { batteryLevel: level, observedAt: at } };
  return undefined;
}

/** Promise 5: nothing by the one channel while something of the other may still act. */
function isOtherChannelClear({ channel, input, enrollment }: Situation): Objection | undefined {
  if (channel === 'commands') {
    const { holds } = input.memory;
    const isHeld = holds !== undefined && holds.since >= enrollment.generation;
    return isHeld
      ? { reason: 'awaiting-sync', effect: 'keep', evidence: { holds: holds.local, because: 'a declaration is to be given back' } }
      : undefined;
  }
  const command = input.commands.find(
    (entry) => entry.requestType === 'ScheduleOSUpdate' && entry.state !== 'pending' && isOutstanding(entry),
  );
  if (command === undefined) return undefined;
  return { reason: 'command-outstanding', effect: 'keep', evidence: { commandUuid: command.commandUuid, state: command.state } };
}

/** Capabilities are told on change and daily; older ones may be those of the OS before an upgrade. */
export const CAPABILITIES_SLACK_MS = 26 * HOUR_MS;

function isCapable({ enrollment, channel }: Situation): Objection | undefined {
  if (channel === 'commands') return undefined;
  const fact = enrollment.facts.clientCapabilities;
  if (fact === undefined || fact.value.declarations.includes(ENFORCEMENT_TYPE)) return undefined;
  if (fact.observedAt < observedWhen(enrollment, 'osVersion') - CAPABILITIES_SLACK_MS) return undefined;
  return { reason: 'capability-missing', effect: 'withdraw', evidence: { toldAt: fact.observedAt } };
}

/** When this device was first sent a DeclarativeManagement command in its present enrollment, or undefined. */
export function invitedAt(situation: Situation): Instant | undefined {
  const { enrollment, input } = situation;
  const remembered = input.memory.invitedAt;
  if (remembered !== undefined && remembered >= enrollment.generation) return remembered;
  const command = lastCommand(input.commands, 'DeclarativeManagement', enrollment.generation);
  return command && (command.state === 'leased' || mayBeWithHost(command)) ? command.leasedAt : undefined;
}

/** The same without a command of which the host may still say that it does not take it. */
export function surelyInvitedAt(situation: Situation): Instant | undefined {
  const at = invitedAt(situation);
  const isRemembered = at === situation.input.memory.invitedAt;
  return isRemembered || situation.input.commands.some((command) => command.leasedAt === at && mayBeWithHost(command)) ? at : undefined;
}

/** The host has it or had it, or nobody can tell. */
function mayBeWithHost({ state, maybeQueued }: OutboxEntry): boolean {
  return maybeQueued === true || state === 'enqueued' || state === 'answered' || state === 'lost';
}

/** Rule 30: it holds declarations of ours that this store never listed for it: the store is new, or another one was restored. */
export function holdsUnknownOurs(input: DecideInput): boolean {
  if (input.manifest !== undefined || input.policies.dmAdopt || input.control.knowsForeignStore) return false;
  const invited = input.memory.invitedAt !== undefined && input.memory.invitedAt >= input.enrollment.generation;
  return (
    !invited &&
    lastCommand(input.commands, 'DeclarativeManagement', input.enrollment.generation) === undefined &&
    reportsOurs(input.enrollment)
  );
}

/** Whoever asks is answered: beside what it holds of another server, by that server, or in place of it. */
export function takesPart({ policies, site, placing }: Pick<DecideInput, 'policies' | 'site' | 'placing'>): boolean {
  return policies.dmAdopt || site.mergesDdm === true || placing !== undefined;
}

/** Rule 30: who asks before we sent a DeclarativeManagement command is in someone's DDM already. */
export function isForeign(situation: Situation): boolean {
  const { enrollment, input } = situation;
  if (takesPart(input) || invitedAt(situation) !== undefined) return false;
  const foreign = known(enrollment, 'foreignDeclarations');
  // It holds declarations of ours from a store before this one: ours to go on with, once a person has resumed.
  if (reportsOurs(enrollment) && (foreign?.length ?? 0) === 0) return false;
  return foreign === undefined ? enrollment.uninvitedAt > 0 : foreign.length > 0;
}

function isNotForeign(situation: Situation): Objection | undefined {
  if (situation.channel === 'commands' || !isForeign(situation)) return undefined;
  const foreign = known(situation.enrollment, 'foreignDeclarations');
  return {
    reason: 'foreign-declarations',
    effect: 'none',
    evidence: { askedUninvitedAt: situation.enrollment.uninvitedAt, ...(foreign ? { foreign } : {}) },
  };
}

function isConfigured({ enrollment }: Situation): Objection | undefined {
  if (known(enrollment, 'awaitingConfiguration') !== true) return undefined;
  return { reason: 'awaiting-configuration', effect: 'keep', evidence: { observedAt: observedWhen(enrollment, 'awaitingConfiguration') } };
}

function isNotLost({ enrollment }: Situation): Objection | undefined {
  if (known(enrollment, 'isMdmLostModeEnabled') !== true) return undefined;
  return { reason: 'lost-mode', effect: 'keep', evidence: { observedAt: observedWhen(enrollment, 'isMdmLostModeEnabled') } };
}

function isNotHeld({ input }: Situation): Objection | undefined {
  return input.control.held === undefined ? undefined : { reason: 'held', effect: 'keep', evidence: { because: input.control.held } };
}

function isNotStopped({ input }: Situation): Objection | undefined {
  return input.control.state === 'stopped' ? { reason: 'stopped', effect: 'withdraw', evidence: {} } : undefined;
}

function isEnforcing({ mode }: Situation): Objection | undefined {
  return mode === 'enforce' ? undefined : { reason: 'observe-only', effect: 'withdraw', evidence: { mode } };
}

/** A person or a policy wants back what has not started. */
export function isOrderedBack(situation: Situation): boolean {
  return (hasNotLeft(situation) ?? isNotStopped(situation) ?? isEnforcing(situation) ?? isNotExempt(situation)) !== undefined;
}

/** Unlike a policy's `except`, by a person, for one device, and not for ever. */
function isNotExempt(situation: Situation): Objection | undefined {
  const { exempt } = situation.input.overrides ?? {};
  if (exempt === undefined || exemptUntil(situation) === undefined) return undefined;
  return { reason: 'exempt', effect: 'withdraw', evidence: { until: exempt.until, ...wordOf(exempt) } };
}

function isNotPaused({ input, policy }: Situation): Objection | undefined {
  const { paused } = input.overrides ?? {};
  if (paused) return { reason: 'paused', effect: 'keep', evidence: { only: 'this device', ...wordOf(paused) } };
  const byName = policy !== undefined && (policy.paused || input.control.pausedPolicies.includes(policy.name));
  if (input.control.state !== 'paused' && !byName) return undefined;
  return { reason: 'paused', effect: 'keep', evidence: byName ? { policy: policy.name } : {} };
}

function hasToldSinceRestore(situation: Situation): Objection | undefined {
  const missing = untoldSinceRestore(situation);
  if (missing.length === 0) return undefined;
  const unseen = isSeen(situation);
  if (unseen) return { ...unseen, effect: 'keep' };
  const { at, backupAt } = situation.input.control.restored ?? {};
  return { reason: 'awaiting-report', effect: 'keep', evidence: { missing, restoredAt: at, backupAt } };
}

function isClockTrusted({ input }: Situation): Objection | undefined {
  return input.clockSuspect === undefined
    ? undefined
    : { reason: 'clock-suspect', effect: 'keep', evidence: { because: input.clockSuspect } };
}

function isFeedTrusted({ input }: Situation): Objection | undefined {
  const doubt = input.catalogue?.doubt;
  return doubt
    ? { reason: 'feed-doubtful', effect: 'keep', evidence: { kind: doubt.kind, detail: doubt.detail, since: doubt.since } }
    : undefined;
}
