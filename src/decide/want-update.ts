import { attemptBackoffMs } from '../delivery/backoff.ts';
import { isInstall, isOutstanding, type OutboxEntry, type UpdateAsked } from '../delivery/outbox-entry.ts';
import { lastCommand, maySend } from '../delivery/wanted.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import { deviceInformationQueries } from '../os/availability.ts';
import {
  type InstallAction,
  installsInTwoSteps,
  isInstallAction,
  scansForUpdates,
  takesAction,
  takesMaxUserDeferrals,
  takesOsUpdateStatus,
  takesPriority,
  takesProductVersion,
} from '../os/update-commands.ts';
import { formatVersion, parseVersion } from '../os/version.ts';
import type { Opening } from '../policy/windows.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../time/local.ts';
import { nextOpening, openingNow } from './blackouts.ts';
import { supervisionOf } from './channel.ts';
import { foreignCommandOf, mayInstall } from './foreign-command.ts';
import type { ForeignCommand } from './foreign-command.types.ts';
import type { Order } from './manifest.ts';
import { orderedAt } from './overrides.ts';
import { listedAs } from './own-list.ts';
import type { Situation } from './situation.types.ts';
import type { CommandWant, Wants } from './wants.types.ts';

/** Rule 25: an install command is enqueued this soon after a sign of life, with this much of its window left. */
export const SIGN_OF_LIFE_MS = 10 * MINUTE_MS;
export const WINDOW_LEFT_MS = HOUR_MS;
/** What OSUpdateStatus said is true for this long. */
export const STATUS_FRESH_MS = 30 * MINUTE_MS;
/** A Mac needs this between a scan and its list. */
const SCAN_MS = 5 * MINUTE_MS;
/** The device's list and its scan are asked for again after this. */
const LIST_STALE_MS = DAY_MS;
/** Progress is asked for this long after a command, and then as long apart. */
const STATUS_AFTER_MS = 45 * MINUTE_MS;
const STATUS_APART_MS = 6 * HOUR_MS;
/** A download that came to nothing is asked for again after this. */
const DOWNLOAD_AGAIN_MS = DAY_MS;
const NOTIFY_AGAIN_MS = 3 * DAY_MS;

/** The questions whose answers commands rest on: read-only, asked in observe mode too (rule 20). */
export function wantLists(situation: Situation, wants: Wants): void {
  const { enrollment, platform, now, input } = situation;
  if (situation.channel !== 'commands' || (situation.target.kind === 'reached' && situation.deviceKey !== undefined)) return;
  if (!supervisionOf(enrollment, platform, situation.version)) return;
  const listAt = observedWhen(enrollment, 'availableUpdates');
  const asked = lastCommand(input.commands, 'AvailableOSUpdates', enrollment.generation);
  // "Nothing to install" comes as an error on iOS.
  const answeredAt = Math.max(listAt, asked?.state === 'answered' ? (asked.endedAt ?? 0) : 0);
  if (answeredAt > 0 && now - answeredAt < LIST_STALE_MS) {
    wants.lookAgainAt.push(answeredAt + LIST_STALE_MS);
    return;
  }
  if (scansForUpdates(platform)) {
    const scan = lastCommand(input.commands, 'ScheduleOSUpdateScan', enrollment.generation);
    const scannedAt = scan?.state === 'answered' ? (scan.endedAt ?? 0) : 0;
    if (scannedAt <= answeredAt || now - scannedAt >= LIST_STALE_MS) {
      ask(situation, 'ScheduleOSUpdateScan', 'its list of updates is old', wants);
      return;
    }
    if (now < scannedAt + SCAN_MS) {
      wants.lookAgainAt.push(scannedAt + SCAN_MS);
      return;
    }
  }
  ask(situation, 'AvailableOSUpdates', answeredAt === 0 ? 'not asked yet in this enrollment' : 'its list of updates is old', wants);
}

/** Why no command names the update yet: it has to be named by the device's own list. */
export function missesListing(situation: Situation, order: Order): 'not-asked' | 'not-listed' | undefined {
  const { platform, version, enrollment, input } = situation;
  if (takesProductVersion(platform, version)) return undefined;
  const wanted = parseVersion(order.version);
  if (wanted && listedAs(enrollment, wanted)?.productKey) return undefined;
  const asked = lastCommand(input.commands, 'AvailableOSUpdates', enrollment.generation);
  const isAnswered = observedWhen(enrollment, 'availableUpdates') > 0 || asked?.state === 'answered';
  return isAnswered ? 'not-listed' : 'not-asked';
}

/** The ScheduleOSUpdate this situation calls for, and the questions before and after it (rules 25 to 28). */
export function wantUpdate(situation: Situation, order: Order, wants: Wants): void {
  const sent = sentFor(situation, order);
  const { input } = situation;
  if (input.commands.some((entry) => entry.requestType === 'ScheduleOSUpdate' && isOutstanding(entry))) return;
  if (missesListing(situation, order) !== undefined) return;
  const isDue = situation.now >= order.latestAt;
  if (!isDue) wants.lookAgainAt.push(order.latestAt);
  const installs = isDue || mayBePutOff(situation, order);
  if (installs && wantInstall(situation, order, isDue, sent, wants)) return;
  wantDownload(situation, order, isDue, sent, wants);
  wantProgress(situation, sent, wants);
}

/** ScheduleOSUpdate commands for this release that were sent in this enrollment, oldest first. */
export function sentFor(situation: Situation, order: Pick<Order, 'release'>): OutboxEntry[] {
  return sentOf(situation).filter((entry) => entry.update?.release === order.release);
}

/** The same for whatever release. */
function sentOf({ input, enrollment }: Situation): OutboxEntry[] {
  return input.commands
    .filter((entry) => entry.update !== undefined && entry.leasedAt !== undefined && entry.leasedAt >= enrollment.generation)
    .filter((entry) => entry.state !== 'refused' && entry.state !== 'expired')
    .sort((a, b) => a.createdAt - b.createdAt);
}

/** The install command, for whatever release, that keeps others from being sent: nobody knows what the device made of it. */
export function unansweredInstall(situation: Situation): OutboxEntry | undefined {
  const last = lastInstall(situation);
  return hasToldOf(last, situation) ? undefined : last;
}

function lastInstall(situation: Situation): OutboxEntry | undefined {
  return sentOf(situation).filter(isInstall).at(-1);
}

/**
 * What the device made of the install command before, whatever release that was for, is known: its status shows that nothing
 * goes on, or its version has changed. Silence does not tell, nor does an error to OSUpdateStatus: enough for a first
 * command, not for another (rule 28).
 */
function hasToldOf(before: OutboxEntry | undefined, { enrollment, platform, version, commandProgress }: Situation): boolean {
  if (before === undefined) return true;
  const since = before.endedAt ?? before.createdAt;
  if (takesOsUpdateStatus(platform, version) && (commandProgress?.nothingGoesOnAt ?? 0) > since) return true;
  const from = before.update?.device.fromVersion;
  const hasMoved = from !== undefined && from !== known(enrollment, 'osVersion');
  return observedWhen(enrollment, 'osVersion') > since && (hasMoved || !takesOsUpdateStatus(platform, version));
}

/**
 * The install command of another tool that nothing was heard of since: like one of ours it may be under way (rule 28). The
 * device's status ends that, or a week.
 */
export function foreignInstall(situation: Situation): ForeignCommand | undefined {
  const { enrollment, platform, version, commandProgress, input } = situation;
  const theirs = foreignCommandOf(input);
  if (theirs === undefined || !mayInstall(theirs)) return undefined;
  const toldAt = takesOsUpdateStatus(platform, version) ? (commandProgress?.nothingGoesOnAt ?? 0) : observedWhen(enrollment, 'osVersion');
  return toldAt > theirs.at ? undefined : theirs;
}

/** From its date on; before it only by what its user may put off. */
export function mayInstallNow(situation: Situation, order: Order, action: UpdateAsked['action']): boolean {
  return situation.now >= order.latestAt || (action === 'InstallLater' && mayBePutOff(situation, order));
}

/**
 * InstallLater before the date: the user may put it off (rule 27), so often and no more. So it is not sent before the day until
 * which a person gave it more time.
 */
function mayBePutOff(situation: Situation, order: Order): boolean {
  const { policy, platform, version, now } = situation;
  const isMajor = isMajorFor(version, order);
  return policy?.commands?.userDeferrals !== undefined && takesMaxUserDeferrals(platform, version, isMajor) && now >= orderedAt(situation);
}

function isMajorFor(version: Situation['version'], order: Order): boolean {
  return (parseVersion(order.version)?.major ?? 0) !== version?.major;
}

/** True when nothing else is to be sent now. */
function wantInstall(situation: Situation, order: Order, isDue: boolean, sent: readonly OutboxEntry[], wants: Wants): boolean {
  const { policy, now, enrollment, platform, commandProgress } = situation;
  if (policy === undefined || commandProgress === undefined) return true;
  const opening = openingNow(situation);
  const next = nextOpening(situation);
  if (next !== undefined) wants.lookAgainAt.push(next);
  if (opening === undefined || opening.closesAt - now < WINDOW_LEFT_MS) return false;
  const installs = sent.filter(isInstall);
  if (installs.some((entry) => (entry.leasedAt ?? 0) >= opening.opensAt)) return false;
  if (!isDue && installs.length > 0) return false;
  if (now - enrollment.lastSeenAt >= SIGN_OF_LIFE_MS) {
    wantSignOfLife(situation, opening, wants);
    return true;
  }
  const last = lastInstall(situation);
  const theirs = foreignInstall(situation);
  const isVersionFresh = observedWhen(enrollment, 'osVersion') > now - STATUS_FRESH_MS;
  const isFresh = isStatusFresh(situation, Math.max(last?.endedAt ?? 0, theirs?.at ?? 0));
  if (!isFresh) ask(situation, 'OSUpdateStatus', 'before an install command is sent', wants);
  // It may have restarted since into what it is to have, and say that nothing is in progress.
  if (!isVersionFresh) ask(situation, 'DeviceInformation', 'before an install command is sent', wants);
  if (!isFresh || !isVersionFresh) return true;
  if (!hasToldOf(last, situation)) return false;
  if (isUnderWay(situation)) {
    wants.lookAgainAt.push(commandProgress.observedAt + STATUS_FRESH_MS);
    return true;
  }
  if (theirs !== undefined) return true;
  // iOS installs what is there already: the download comes first, at any hour.
  if (installsInTwoSteps(platform) && commandProgress.stage !== 'downloaded' && !hasTriedDownload(sent, now)) return false;
  const action = installAction(situation, order, isDue, installs);
  schedule(situation, order, action, wants, opening);
  return true;
}

/**
 * What the device is doing was told lately, and after `since`. Also before a mere download: any second ScheduleOSUpdate
 * may start at once an installation its user has set for the night (radar 45414727).
 */
function isStatusFresh({ platform, version, now, commandProgress }: Situation, since: Instant): boolean {
  if (!takesOsUpdateStatus(platform, version)) return true;
  return (commandProgress?.statusAnsweredAt ?? 0) > Math.max(now - STATUS_FRESH_MS, since);
}

/** Downloading, waiting for its hour, or installing: a second command could start the restart at once. */
export function isUnderWay({ commandProgress }: Situation): boolean {
  const stage = commandProgress?.stage;
  return stage === 'installing' || stage === 'scheduled' || stage === 'downloading';
}

function hasTriedDownload(sent: readonly OutboxEntry[], now: Instant): boolean {
  const downloads = sent.filter((entry) => entry.update?.action === 'DownloadOnly');
  // One that said nothing of a download, or was refused (somebody was logged in), is followed by a Default, which does what is next.
  return downloads.some(
    (entry) => entry.state === 'answered' && (entry.answer !== 'Acknowledged' || now >= (entry.endedAt ?? 0) + DOWNLOAD_AGAIN_MS),
  );
}

function installAction(
  { policy, platform, version, commandProgress }: Situation,
  order: Order,
  isDue: boolean,
  before: readonly OutboxEntry[],
): InstallAction {
  const isMajor = isMajorFor(version, order);
  if (installsInTwoSteps(platform)) return commandProgress?.stage === 'downloaded' ? 'InstallASAP' : 'Default';
  if (!isDue) return 'InstallLater';
  // Whether every macOS 13 knows it is not sure: who refuses it gets the action that all Macs know.
  const isRefused = before.some(({ update, state, answer }) => update?.action === 'InstallForceRestart' && isRefusal(state, answer));
  if (policy?.commands?.forceRestart && !isRefused && takesAction('InstallForceRestart', platform, version, isMajor))
    return 'InstallForceRestart';
  return 'InstallASAP';
}

/** One push when the window opens and one an hour after: what it answers is the sign of life. */
function wantSignOfLife({ input, now }: Situation, opening: Opening, wants: Wants): void {
  const { lastSentAt } = input.push;
  const at = lastSentAt < opening.opensAt ? now : lastSentAt + HOUR_MS;
  if (at <= now) wants.push ??= { because: 'its window is open' };
  const next = at <= now ? now + HOUR_MS : at;
  if (next < opening.closesAt) wants.lookAgainAt.push(next);
}

function wantDownload(situation: Situation, order: Order, isDue: boolean, sent: readonly OutboxEntry[], wants: Wants): void {
  const { platform, version, now, policy, commandProgress } = situation;
  const isMajor = isMajorFor(version, order);
  const stage = commandProgress?.stage;
  if (isUnderWay(situation) || stage === 'downloaded') return;
  if (!installsInTwoSteps(platform) && sent.some(isInstall)) return;
  const theirsAt = foreignCommandOf(situation.input)?.at ?? 0;
  if (!isDue && policy?.commands?.notifyOnly && takesAction('NotifyOnly', platform, version, isMajor)) {
    const last = sent.filter((entry) => entry.update?.action === 'NotifyOnly').at(-1);
    const at = last ? (last.endedAt ?? last.createdAt) + NOTIFY_AGAIN_MS : now;
    if (at > now) wants.lookAgainAt.push(at);
    else if (isStatusFresh(situation, Math.max(last?.endedAt ?? 0, theirsAt))) schedule(situation, order, 'NotifyOnly', wants);
    else ask(situation, 'OSUpdateStatus', 'before its user is told', wants);
    return;
  }
  // InstallLater downloads by itself.
  if (!takesAction('DownloadOnly', platform, version, isMajor) || (!isDue && mayBePutOff(situation, order))) return;
  const downloads = sent.filter((entry) => entry.update?.action === 'DownloadOnly');
  const last = downloads.at(-1);
  // Refused, and its date has come: what installs will fetch it, and one more refusal would only keep that waiting.
  const isRefused = last?.state === 'answered' && last.answer !== 'Acknowledged';
  if (isDue && isRefused && !installsInTwoSteps(platform)) return;
  const at = last ? (last.endedAt ?? last.createdAt) + Math.max(DOWNLOAD_AGAIN_MS, attemptBackoffMs(downloads.length)) : now;
  if (at > now) wants.lookAgainAt.push(at);
  else if (isStatusFresh(situation, Math.max(sentOf(situation).at(-1)?.endedAt ?? 0, theirsAt)))
    schedule(situation, order, 'DownloadOnly', wants);
  else ask(situation, 'OSUpdateStatus', 'before the download is asked for', wants);
}

/** What the device makes of the last command, until it says that nothing is in progress. */
function wantProgress(situation: Situation, sent: readonly OutboxEntry[], wants: Wants): void {
  const { platform, version, now, commandProgress } = situation;
  const last = sent.at(-1);
  if (last?.endedAt === undefined || commandProgress === undefined || !takesOsUpdateStatus(platform, version)) return;
  const isAnswered = commandProgress.statusAnsweredAt > last.endedAt;
  // An error may have started the download all the same.
  const isError = last.state === 'answered' && last.answer !== 'Acknowledged';
  const at = isAnswered ? commandProgress.statusAnsweredAt + STATUS_APART_MS : last.endedAt + (isError ? MINUTE_MS : STATUS_AFTER_MS);
  if (isAnswered && commandProgress.stage === 'idle') return;
  if (at > now) wants.lookAgainAt.push(at);
  else ask(situation, 'OSUpdateStatus', 'what it makes of the command', wants);
}

function schedule(situation: Situation, order: Order, action: InstallAction, wants: Wants, opening?: Opening): void {
  const { enrollment, version, platform, now, policy, input, deviceKey } = situation;
  // It may have been updated since: then an old item of its list looks newer than what it is thought to run.
  if (deviceKey === undefined && observedWhen(enrollment, 'osVersion') < observedWhen(enrollment, 'availableUpdates')) {
    ask(situation, 'DeviceInformation', 'its list is newer than its version', wants);
    return;
  }
  // In its window it waits for no download that was refused by day: one a window is pace enough.
  const counted = opening ? input.commands.filter((entry) => isInstall(entry) || isOutstanding(entry)) : input.commands;
  const permission = maySend(counted, 'ScheduleOSUpdate', enrollment.generation, now);
  if (!permission.may) {
    if (permission.until !== undefined) wants.lookAgainAt.push(permission.until);
    return;
  }
  const wanted = parseVersion(order.version);
  const productKey = wanted && !takesProductVersion(platform, version) ? listedAs(enrollment, wanted)?.productKey : undefined;
  const isMajor = isMajorFor(version, order);
  const isInstalling = isInstallAction(action);
  const update: UpdateAsked = {
    release: order.release,
    version: order.version,
    ...(productKey === undefined ? {} : { productKey }),
    action,
    isInstall: isInstalling,
    ...(opening ? { window: { opensAt: opening.opensAt, closesAt: opening.closesAt } } : {}),
    device: deviceOf(situation),
  };
  const want: CommandWant = {
    requestType: 'ScheduleOSUpdate',
    attempt: permission.attempt,
    because: isInstalling
      ? 'its date has come and its window is open'
      : action === 'NotifyOnly'
        ? 'its user is to know'
        : 'it is to be there before its date',
    update,
    ...(opening && isInstalling ? { notAfter: Math.min(enrollment.lastSeenAt + SIGN_OF_LIFE_MS, opening.closesAt - WINDOW_LEFT_MS) } : {}),
    ...(action === 'InstallLater' && takesMaxUserDeferrals(platform, version, isMajor) && policy?.commands?.userDeferrals !== undefined
      ? { maxUserDeferrals: policy.commands.userDeferrals }
      : {}),
    ...(isInstalling && now >= order.latestAt && takesPriority(platform, version, isMajor) ? { priority: 'High' as const } : {}),
  };
  wants.commands.push(want);
}

function isRefusal(state: OutboxEntry['state'], answer: OutboxEntry['answer']): boolean {
  return state === 'answered' && answer !== 'Acknowledged';
}

function deviceOf({ enrollment, version }: Situation): UpdateAsked['device'] {
  const fields = {
    productName: known(enrollment, 'productName') ?? known(enrollment, 'model'),
    fromVersion: version && formatVersion(version),
    fromBuild: known(enrollment, 'buildVersion'),
    availableDeviceCapacity: known(enrollment, 'availableDeviceCapacity'),
    batteryLevel: known(enrollment, 'batteryLevel'),
    passcodePresent: known(enrollment, 'passcodePresent'),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function ask(
  situation: Situation,
  requestType: 'ScheduleOSUpdateScan' | 'AvailableOSUpdates' | 'OSUpdateStatus' | 'DeviceInformation',
  because: string,
  wants: Wants,
): void {
  const { input, enrollment, now, platform, version } = situation;
  // What two steps want to know is one question.
  if (wants.commands.some((want) => want.requestType === requestType)) return;
  const permission = maySend(input.commands, requestType, enrollment.generation, now);
  const queries =
    requestType === 'DeviceInformation' && platform !== 'unknown' ? { queries: deviceInformationQueries(platform, version) } : {};
  if (permission.may) wants.commands.push({ requestType, attempt: permission.attempt, because, ...queries });
  else if (permission.until !== undefined) wants.lookAgainAt.push(permission.until);
}
