import { lostAt } from '../delivery/advance.ts';
import { attemptBackoffMs, NOT_NOW_BACKOFF_MAX_MS, notNowBackoffMs, PUSH_SPACING_MS } from '../delivery/backoff.ts';
import { isInstall, isOutstanding, type OutboxEntry, type RequestType, type UpdateAsked } from '../delivery/outbox-entry.ts';
import { lastCommand, maySend } from '../delivery/wanted.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import { deviceInformationQueries, needsSecurityInfo } from '../os/availability.ts';
import { takesOsUpdateStatus } from '../os/update-commands.ts';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../time/local.ts';
import { isForeign } from './checks.ts';
import { isLeaving, mayHoldOurs } from './leaving.ts';
import type { Manifest, Order } from './manifest.ts';
import { NEVER } from './next-manifest.ts';
import { askedByPersonAt } from './overrides.ts';
import { hasOtherThanPlaced, isPlaced } from './placing-checks.ts';
import { restoredFor } from './read-back.ts';
import { isSilentAfter, SILENT_AFTER_MS } from './silent-date.ts';
import type { Situation } from './situation.types.ts';
import { isAtLeast } from './versions.ts';
import { isUnderWay, mayInstallNow, wantLists, wantUpdate } from './want-update.ts';
import type { CommandWant, Wants } from './wants.types.ts';

/** An OS version observed longer ago is asked for again: while the device is behind, and otherwise. */
const STALE_BEHIND_MS = DAY_MS;
const STALE_CURRENT_MS = 7 * DAY_MS;
/** A fact the device did not tell when asked is asked for again after this. */
const ASK_AGAIN_MS = 3 * DAY_MS;
/** Shortly after a date the device should be installing: ask whether it is there at all. */
const AFTER_DATE_MS = 10 * MINUTE_MS;
/** A device silent for this long is pushed. */
const SILENT_MS = DAY_MS;

/** Questions that only a device on commands is asked. */
const OF_COMMANDS: ReadonlySet<RequestType> = new Set(['AvailableOSUpdates', 'OSUpdateStatus', 'ScheduleOSUpdateScan']);

/** The questions, the DeclarativeManagement command and the push this situation calls for. */
export function wantsOf(
  situation: Situation,
  manifest: Manifest | undefined,
  isBehind: boolean,
  isReachable: boolean,
  order: Order | undefined,
): Wants {
  // A person who leaves wants back what is out there, whatever the mode is now.
  const mayTalk = (situation.mode !== 'silent' || isLeaving(situation)) && isReachable;
  const takeBack = situation.input.commands.filter(
    (entry) => entry.state === 'pending' && !(mayTalk && isNeeded(entry, situation, manifest, order)),
  );
  const wants: Wants = { commands: [], takeBack: takeBack.map((entry) => entry.commandUuid), lookAgainAt: [] };
  if (!mayTalk) return wants;
  if (asksNothingMore(situation, manifest)) {
    wantSync(situation, manifest, wants);
    if (mayHoldOurs(situation)) wantPush(situation, wants);
    return wants;
  }
  wantDeviceInformation(situation, isBehind, wants);
  wantSecurityInfo(situation, wants);
  wantSync(situation, manifest, wants);
  wantLists(situation, wants);
  wantStatus(situation, wants);
  if (order) wantUpdate(situation, order, wants);
  wantPush(situation, wants);
  wants.lookAgainAt.push(...situation.input.commands.flatMap((entry) => lostAt(entry) ?? []));
  return wants;
}

/** Who leaves asks nothing: it only has devices fetch that there is nothing more. One that installs is looked after to the end. */
function asksNothingMore(situation: Situation, manifest: Manifest | undefined): boolean {
  return isLeaving(situation) && (manifest?.items.length ?? 0) === 0;
}

function wantDeviceInformation(situation: Situation, isBehind: boolean, wants: Wants): void {
  const { enrollment, now, platform, version, input } = situation;
  const queries = deviceInformationQueries(platform === 'unknown' ? undefined : platform, version);
  /** Before it has said what it is, it is asked only what everything knows; the rest as soon as that is answered. */
  const isBlind = platform === 'unknown' || version === undefined;
  const last = lastCommand(input.commands, 'DeviceInformation', enrollment.generation);
  const observedAt = observedWhen(enrollment, 'osVersion');
  // Its answer may be told by the server's clock, which may be behind ours: never before it was asked.
  const askedAt = Math.max(last?.endedAt ?? 0, last?.createdAt ?? 0);
  const { held } = situation;
  const isPastDate =
    held !== undefined &&
    situation.isHeldFetched &&
    now >= held.latestAt + AFTER_DATE_MS &&
    observedAt < held.latestAt &&
    askedAt < held.latestAt;
  if (held !== undefined && situation.isHeldFetched && held.latestAt + AFTER_DATE_MS > now)
    wants.lookAgainAt.push(held.latestAt + AFTER_DATE_MS);
  const isAfterInstall = afterInstall(situation, observedAt, askedAt, wants);
  const stale = isBehind ? STALE_BEHIND_MS : STALE_CURRENT_MS;
  const isStale = now - Math.max(observedAt, last?.state === 'answered' ? askedAt : 0) >= stale;
  if (!isStale && observedAt > 0) wants.lookAgainAt.push(Math.max(observedAt, askedAt) + stale);
  const missing = missingFacts(situation, queries);
  const isAskedFor = askedByPersonAt(input) > askedAt;
  const neverAsked = last === undefined;
  const { at: restoredAt = 0 } = restoredFor(input) ?? {};
  const because = neverAsked
    ? 'not asked yet in this enrollment'
    : Math.max(observedAt, askedAt) < restoredAt
      ? 'the data folder came out of a backup'
      : isAskedFor
        ? 'a person asks'
        : isPastDate
          ? 'its date has passed'
          : isAfterInstall
            ? 'an installation was asked for'
            : missing.length > 0 && (now - askedAt >= ASK_AGAIN_MS || (last.isBlind && !isBlind))
              ? `${missing[0]} is not known`
              : isStale
                ? 'its OS version was observed long ago'
                : undefined;
  if (because !== undefined) want(situation, 'DeviceInformation', because, wants, { queries, ...(isBlind ? { isBlind } : {}) });
}

/** By commands a person who asks also learns what it makes of the last one. */
function wantStatus(situation: Situation, wants: Wants): void {
  const { channel, platform, version, input, enrollment } = situation;
  if (channel !== 'commands' || !takesOsUpdateStatus(platform, version)) return;
  const last = lastCommand(input.commands, 'OSUpdateStatus', enrollment.generation);
  if (askedByPersonAt(input) > (last?.endedAt ?? last?.createdAt ?? 0)) want(situation, 'OSUpdateStatus', 'a person asks', wants);
}

/** After the restart a device says nothing of itself: its version is read, not the command sent again (rule 28). */
const AFTER_INSTALL_MS: readonly number[] = [20 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 8 * HOUR_MS];

function afterInstall({ input, now, channel, version }: Situation, observedAt: Instant, askedAt: Instant, wants: Wants): boolean {
  const missed = input.commands.filter((entry) => isInstall(entry) && !isAtLeast({ version }, entry.update?.version ?? ''));
  const at = Math.max(0, ...missed.map((entry) => entry.endedAt ?? 0));
  if (channel !== 'commands' || at === 0) return false;
  const steps = AFTER_INSTALL_MS.map((ms) => at + ms);
  const next = steps.find((step) => step > now);
  if (next !== undefined) wants.lookAgainAt.push(next);
  const passed = steps.filter((step) => step <= now).at(-1);
  return passed !== undefined && observedAt < passed && askedAt < passed;
}

function missingFacts({ enrollment, platform, policyHangsOn }: Situation, queries: readonly string[]): string[] {
  const missing: string[] = [];
  if (known(enrollment, 'osVersion') === undefined) missing.push('OSVersion');
  if (known(enrollment, 'productName') === undefined) missing.push('ProductName');
  if (queries.includes('IsSupervised') && known(enrollment, 'isSupervised') === undefined) missing.push('IsSupervised');
  if (platform === 'macOS' && queries.includes('SoftwareUpdateDeviceID') && known(enrollment, 'softwareUpdateDeviceId') === undefined)
    missing.push('SoftwareUpdateDeviceID');
  if (policyHangsOn.includes('SerialNumber')) missing.push('SerialNumber');
  if (queries.includes('TimeZone') && known(enrollment, 'timeZone') === undefined) missing.push('TimeZone');
  return missing;
}

/** Passcodes come and go, and so do bootstrap tokens. */
const SECURITY_STALE_MS = 7 * DAY_MS;

/** Where it matters: Macs, for the bootstrap token; and for commands, which a passcode stops. */
function wantSecurityInfo(situation: Situation, wants: Wants): void {
  const { enrollment, platform, input, channel, now, target } = situation;
  if (!needsSecurityInfo(platform) || (platform !== 'macOS' && channel !== 'commands')) return;
  const last = lastCommand(input.commands, 'SecurityInfo', enrollment.generation);
  const told = ['bootstrapTokenRequiredForSoftwareUpdate', 'userApprovedEnrollment', 'passcodePresent'] as const;
  const at = Math.max(...told.map((name) => observedWhen(enrollment, name)), last?.answer === 'Acknowledged' ? (last.endedAt ?? 0) : 0);
  if (at === 0) want(situation, 'SecurityInfo', 'not asked yet in this enrollment', wants);
  else if (target.kind === 'reached') return;
  else if (now - at >= SECURITY_STALE_MS) want(situation, 'SecurityInfo', 'asked long ago', wants);
  else wants.lookAgainAt.push(at + SECURITY_STALE_MS);
}

function isNeeded(entry: OutboxEntry, situation: Situation, manifest: Manifest | undefined, order: Order | undefined): boolean {
  if (entry.requestType === 'ScheduleOSUpdate')
    return order !== undefined && entry.update?.release === order.release && !isInstallNoMore(entry.update, situation, order);
  if (entry.requestType !== 'DeclarativeManagement' && asksNothingMore(situation, manifest)) return false;
  // It was updated while the question waited its turn: OS 27 does not know it.
  if (OF_COMMANDS.has(entry.requestType)) return situation.channel === 'commands';
  if (entry.requestType !== 'DeclarativeManagement') return true;
  // Before that is in place it would get something else.
  if (manifest && !isPlaced(situation.input, manifest)) return false;
  return needsSync(situation, manifest) || saysNothingOfItsDate(situation);
}

/** What it would do goes on already; or its date was put off while the command waited to be sent. */
function isInstallNoMore({ isInstall: installs, action }: UpdateAsked, situation: Situation, order: Order): boolean {
  return installs && (isUnderWay(situation) || !mayInstallNow(situation, order, action));
}

/**
 * What the device last got is not what it is to hold. One that never got anything needs no empty manifest, and one in
 * someone else's declarative management keeps what it has (rule 30).
 */
function needsSync(situation: Situation, manifest: Manifest | undefined): manifest is Manifest {
  if (manifest === undefined || isForeign(situation)) return false;
  if (situation.input.placing) return hasOtherThanPlaced(situation, manifest);
  if (isLeaving(situation) && manifest.items.length === 0) return mayHoldOurs(situation);
  const held = known(situation.enrollment, 'itemsAnswered');
  return held !== manifest.token && (held !== undefined || manifest.items.length > 0);
}

/** Since when the device can fetch this: what it was told before that was about something else. */
function readySince({ input: { placement } }: Situation, { changedAt }: Manifest): Instant {
  return Math.max(changedAt, placement?.at ?? 0);
}

/**
 * One DeclarativeManagement command, without Data, when what the device last got is not what it is to hold.
 * Acknowledged means "will sync", so it is repeated, ever more rarely, while the device does not fetch.
 */
function wantSync(situation: Situation, manifest: Manifest | undefined, wants: Wants): void {
  const { enrollment, input, now } = situation;
  if (manifest?.answerableUntil === NEVER || (manifest && !isPlaced(input, manifest))) return;
  if (!needsSync(situation, manifest)) {
    remindOfDate(situation, wants);
    return;
  }
  const { dmReached, first } = input.site;
  // Rule 30: until the server has reached us, one device is tried alone: the first, and only one that is awake.
  if (!dmReached && (first === undefined ? now - enrollment.lastSeenAt >= HOUR_MS : first.enrollmentId !== enrollment.id)) return;
  const last = lastCommand(input.commands, 'DeclarativeManagement', enrollment.generation);
  if (last?.state === 'answered' && last.answer === 'Acknowledged' && (last.leasedAt ?? 0) >= readySince(situation, manifest)) {
    const again = (last.endedAt ?? now) + attemptBackoffMs(last.attempt);
    if (again > now) {
      wants.lookAgainAt.push(again);
      return;
    }
    wants.commands.push({ requestType: 'DeclarativeManagement', attempt: last.attempt + 1, because: 'acknowledged, but it did not fetch' });
    return;
  }
  const isFirst = known(enrollment, 'itemsAnswered') === undefined;
  want(situation, 'DeclarativeManagement', isFirst ? 'declarations are ready' : 'its declarations changed', wants);
}

/**
 * It may not have our declarations any more, though it is behind. Where we answer, syncing tells, and harms nothing. Elsewhere
 * it might fetch a date that is past.
 */
function saysNothingOfItsDate(situation: Situation): boolean {
  const { enrollment, now, held } = situation;
  if (held === undefined || situation.channel === 'commands' || !situation.isHeldFetched || isForeign(situation)) return false;
  if (situation.input.placing) return false;
  return isSilentAfter(held, enrollment, now);
}

/** Once a day. */
function remindOfDate(situation: Situation, wants: Wants): void {
  const { enrollment, input, now, held } = situation;
  if (held && now < held.latestAt + SILENT_AFTER_MS) wants.lookAgainAt.push(held.latestAt + SILENT_AFTER_MS);
  if (!saysNothingOfItsDate(situation)) return;
  const last = lastCommand(input.commands, 'DeclarativeManagement', enrollment.generation);
  const again = (last?.endedAt ?? 0) + DAY_MS;
  if (again > now) wants.lookAgainAt.push(again);
  else want(situation, 'DeclarativeManagement', 'its date has passed and it reports nothing', wants);
}

function want(
  situation: Situation,
  requestType: RequestType,
  because: string,
  wants: Wants,
  more: Pick<CommandWant, 'queries' | 'isBlind'> = {},
): void {
  const permission = maySend(situation.input.commands, requestType, situation.enrollment.generation, situation.now);
  if (permission.may) wants.commands.push({ requestType, attempt: permission.attempt, because, ...more });
  else if (permission.until !== undefined) wants.lookAgainAt.push(permission.until);
}

/**
 * A push wakes the device so that it asks for what is queued. After NotNow with patience (15 min doubling
 * to 6 h) and on any sign of life; otherwise rarely; never for a device the push service calls gone.
 */
function wantPush(situation: Situation, wants: Wants): void {
  const { enrollment, input, now } = situation;
  if (enrollment.pushGoneAt > enrollment.lastSeenAt) return;
  for (const due of pushesDue(situation, input.push.lastSentAt)) {
    if (due.at <= now) wants.push ??= { because: due.because };
    else wants.lookAgainAt.push(due.at);
  }
  // What follows the push that is sent now: nobody has to look only because it went out.
  if (wants.push) wants.lookAgainAt.push(...pushesDue(situation, now).map(({ at }) => at));
  if (now - enrollment.lastSeenAt < SILENT_MS) wants.lookAgainAt.push(enrollment.lastSeenAt + SILENT_MS);
}

function pushesDue({ enrollment, input, now }: Situation, lastSentAt: Instant): { at: Instant; because: string }[] {
  const waiting = input.commands.filter((entry) => isOutstanding(entry) && entry.state === 'enqueued');
  const due = waiting.map((command) => pushFor(command, enrollment.lastSeenAt, lastSentAt));
  const askedAt = askedByPersonAt(input);
  if (askedAt > lastSentAt) due.push({ at: askedAt, because: 'a person asks' });
  if (now - enrollment.lastSeenAt >= SILENT_MS) due.push({ at: lastSentAt + SILENT_MS, because: 'not heard from for a day' });
  return due.map(({ at, because }) => ({ at: Math.max(at, lastSentAt + PUSH_SPACING_MS), because }));
}

function pushFor(command: OutboxEntry, lastSeenAt: Instant, lastSentAt: Instant): { at: Instant; because: string } {
  if (command.notNowAt !== undefined) {
    // Pushes that bring no further NotNow (another command stands before it in the host's queue) also get rarer.
    const waited = Math.min(lastSentAt - command.notNowAt, NOT_NOW_BACKOFF_MAX_MS);
    const patience = Math.max(command.notNowAt, lastSentAt) + Math.max(notNowBackoffMs(command.notNowCount), waited);
    // What comes soon after a push answers it, and with an Idle the device was handed the command anyway.
    const isByItself = lastSeenAt > lastSentAt + PUSH_SPACING_MS && lastSeenAt > (command.lastIdleAt ?? 0);
    const isAwake = isByItself && lastSeenAt > command.notNowAt + PUSH_SPACING_MS;
    return { at: isAwake ? lastSeenAt : patience, because: 'it answered NotNow earlier' };
  }
  const enqueuedAt = command.enqueuedAt ?? command.createdAt;
  if (lastSentAt < enqueuedAt) return { at: enqueuedAt, because: 'a command waits' };
  // The push service keeps one push for a sleeping device: more of them only help when one got lost.
  const waited = Math.max(HOUR_MS, lastSentAt - enqueuedAt);
  return { at: lastSentAt + Math.min(waited, DAY_MS), because: 'a command waits' };
}
