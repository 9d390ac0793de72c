import { compareVersions, formatVersion, parseVersion } from '../os/version.ts';
import { blackoutAt, blackoutsFor, type Calendar, firstFree } from '../policy/calendar.ts';
import {
  dueSpec,
  expeditedLine,
  isExpeditedSpec,
  isSooner,
  type LedgerLine,
  type LineInput,
  nextOfHours,
  timeOfDay,
  writeLine,
} from '../policy/ledger.ts';
import { noticeOf } from '../policy/notice.ts';
import type { Policy, Weekday } from '../policy/policy.types.ts';
import { severityIn } from '../policy/severity.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import { daysAfter, EARLIEST_ZONE_MS, HOUR_MS, type Instant, type LocalDateTime } from '../time/local.ts';
import { blackoutAhead } from './blackouts.ts';
import { detailsFor, namedDetails, withoutDetails, withPageHeld, withPageOf } from './details-url.ts';
import { type DeviceClock, momentsOf } from './device-clock.ts';
import type { Memory } from './input.ts';
import { fullBy } from './load.ts';
import type { Adjustment, Enforcement } from './manifest.ts';
import { meantSince } from './meant.ts';
import { isSoonerThanOrdered, notBeforeOrdered } from './overrides.ts';
import { placingAllowance } from './placing-checks.ts';
import { expediteFor, ringStateOf } from './rings.ts';
import { isTakenBack, severeMissed, severityNow } from './severity.ts';
import type { Situation } from './situation.types.ts';

/** Added to the notice when a date is fixed, so that it still has its notice when the device fetches it. */
const FETCH_ALLOWANCE_MS = HOUR_MS;

/** The lines of the releases this device still misses, what of them is new or rewritten, and the one that binds. */
export interface Deadline {
  /** The earliest: the device's deadline (rule 11). */
  line: LedgerLine;
  lines: LedgerLine[];
  /** To be written with this decision. */
  changed: LedgerLine[];
}

/**
 * The deadline for a release the policy wants of this device. A line is written once, when the release is
 * first required. Two things rewrite lines here, each from its own clock start (rules 7, 10, 11): an edit of the policy's
 * due, which is an act of the operator; and the severity, which moves a line nearer, and off again only when SOFA took back
 * what had moved it. Withdrawn releases have no line, nor have releases beyond the target: the operator asked for less since.
 */
export function deadlineFor(situation: Situation, policy: Policy, offer: Offer, memory: Memory): Deadline {
  const lines: LedgerLine[] = [];
  const changed: LedgerLine[] = [];
  for (const written of situation.input.lines) {
    if (written.policy !== policy.name || !isMissed(situation, written, offer)) continue;
    const line = expediteStands(situation, policy, written, rederived(situation, policy, written));
    lines.push(line);
    if (line !== written) changed.push(line);
  }
  const requiredSince = memory.requiredBy?.since ?? situation.now;
  const write = (one: Offer, since: Instant): void => {
    const line = hurried(situation, policy, compose(situation, policy, one.release, formatVersion(one.version), since, requiredSince));
    lines.push(line);
    changed.push(line);
  };
  if (!lines.some((line) => line.release === offer.release)) write(offer, meantSince(policy, situation.offers, offer));
  for (const one of expeditedBelow(situation, policy, offer))
    if (!lines.some((line) => line.release === one.release)) write(one, one.firstSeenAt);
  const missed = severestMissed(situation, policy, offer, requiredSince, lines);
  if (missed) {
    lines.push(missed);
    changed.push(missed);
  }
  keepReadBack(situation, policy, offer, lines, changed);
  return { line: earliestOf(lines), lines, changed };
}

function earliestOf(lines: readonly LedgerLine[]): LedgerLine {
  return lines.reduce((earliest, other) => (isSooner(other, earliest) ? other : earliest));
}

/** The line as it stands, or anew after an edit or for another severity. */
function rederived(situation: Situation, policy: Policy, written: LedgerLine): LedgerLine {
  const { release, version, clockStartAt, dueSpec: spec, zone, zoneAssumed } = written;
  // On the clock it was first written on: a zone that was told since moves no line, nor does it with an edit that asks for sooner.
  const ownClock = { ...situation, zone, zoneAssumed };
  const anew = (): LedgerLine => compose(ownClock, policy, release, version, clockStartAt, clockStartAt);
  const was = severityIn(spec);
  const now = severityNow(situation, policy, version).severity;
  // What it is without the expedite, which may have been taken back.
  if (isExpeditedSpec(spec)) return anew();
  // A name is the operator's to give and to take; SOFA's word stands until it takes it back.
  if (spec !== dueSpec(policy.due, was) || (was === 'named' && now === 'standard')) return anew();
  if (now === was) return written;
  const line = anew();
  // Without another severity it would differ by the zone or the notice of today, which move no line.
  if (severityIn(line.dueSpec) === was) return written;
  return isSooner(line, written) || isTakenBack(situation, written) ? line : written;
}

/** The line that is left when the expedite, if there is one, has its say: nothing gets later by it, and what it wrote stays. */
function expediteStands(situation: Situation, policy: Policy, written: LedgerLine, derived: LedgerLine): LedgerLine {
  const line = hurried(situation, policy, derived);
  const isStanding = isExpeditedSpec(written.dueSpec) && expediteFor(situation, written.release) !== undefined;
  return isStanding && !isSooner(line, written) ? written : line;
}

/** Sooner, where a person said so (rule 23) and that is sooner. */
function hurried(situation: Situation, policy: Policy, line: LedgerLine): LedgerLine {
  const expedite = expediteFor(situation, line.release);
  if (expedite === undefined) return line;
  const { due, at } = expedite;
  const noticeMs = noticeOf(situation.input.policies, { isExpedited: true });
  const sooner = expeditedLine(line, policy.due, { due, at, noticeMs }, situation.now);
  return isSooner(sooner, line) ? sooner : line;
}

/** Expedited releases between what it runs and a newer target: whoever installs that has them. */
function expeditedBelow(situation: Situation, policy: Policy, target: Offer): Offer[] {
  const rollouts = situation.input.rollouts.get(policy.name);
  if (rollouts === undefined) return [];
  return situation.offers.filter(
    ({ release, version, withdrawnAt }) =>
      rollouts.get(release)?.expedite !== undefined &&
      expediteFor(situation, release) !== undefined &&
      withdrawnAt === undefined &&
      situation.version !== undefined &&
      compareVersions(version, situation.version) > 0 &&
      compareVersions(version, target.version) < 0,
  );
}

/** Of the severe releases it misses and that never were its target, the one that is due before everything else. */
function severestMissed(
  situation: Situation,
  policy: Policy,
  offer: Offer,
  requiredSince: Instant,
  lines: readonly LedgerLine[],
): LedgerLine | undefined {
  const composed = severeMissed(situation, policy, offer)
    .filter(({ release }) => !lines.some((line) => line.release === release))
    .map(({ release, version, firstSeenAt }) => compose(situation, policy, release, version, firstSeenAt, requiredSince))
    .filter((line) => severityIn(line.dueSpec) !== 'standard' && isMissed(situation, line, offer));
  if (composed.length === 0) return undefined;
  const earliest = earliestOf(composed);
  return isSooner(earliest, earliestOf(lines)) ? earliest : undefined;
}

/** A restored ledger may lack the line, or have a later one: no date gets later by a restore than the device has it. */
function keepReadBack(situation: Situation, policy: Policy, offer: Offer, lines: LedgerLine[], changed: LedgerLine[]): void {
  const read = recognizedOf(situation);
  if (read === undefined) return;
  const found = lines.find((line) => line.release === read.release);
  if (found !== undefined && found.dueLocal <= read.local) return;
  const base = found ?? compose(situation, policy, read.release, read.version, situation.now, situation.now);
  if (!isMissed(situation, base, offer)) return;
  const line = { ...base, dueLocal: read.local, dueAt: read.dueAt };
  for (const list of [lines, changed]) {
    const index = list.findIndex((other) => other.release === line.release);
    if (index >= 0) list[index] = line;
    else list.push(line);
  }
}

/** An enforcement that only the device's report tells: its ledger line went with the store it came from. */
function recognizedOf({ readBack, input }: Situation): Enforcement | undefined {
  return typeof readBack === 'object' && readBack.identifier !== input.manifest?.enforcement?.identifier ? readBack : undefined;
}

function isMissed(situation: Situation, line: LedgerLine, offer: Offer): boolean {
  const release = parseVersion(line.version);
  if (release === undefined || situation.version === undefined) return false;
  if (compareVersions(release, situation.version) <= 0 || compareVersions(release, offer.version) > 0) return false;
  return !situation.offers.some((candidate) => candidate.release === line.release && candidate.withdrawnAt !== undefined);
}

/** For its severity or, where the news of that came so late that it would not be nearer, for none. */
function compose(
  situation: Situation,
  policy: Policy,
  release: string,
  version: string,
  firstSeenAt: Instant,
  requiredSince: Instant,
): LedgerLine {
  const input: LineInput = {
    policy: policy.name,
    enrollmentId: situation.enrollment.id,
    release,
    version,
    due: policy.due,
    firstSeenAt,
    requiredSince,
    openedAt: ringStateOf(situation, release)?.openedAt,
    zone: situation.zone,
    zoneAssumed: situation.zoneAssumed,
    noticeMs: situation.input.policies.noticeMs,
    now: situation.now,
  };
  const { severity, since } = severityNow(situation, policy, version);
  const line = writeLine({ ...input, severity, ...(since === undefined ? {} : { severeSince: since }) });
  if (since === undefined) return line;
  const standard = writeLine(input);
  return isSooner(standard, line) ? standard : line;
}

/** What may put the enforced date off, beside the notice. */
export function gracesOf(situation: Situation, memory: Memory): Adjustment[] {
  const { policies } = situation.input;
  const { enrollment, now } = situation;
  const graces: Adjustment[] = [];
  const enrolledAt = Math.max(enrollment.enrolledAt, enrollment.generation);
  if (enrollment.generation > 0 && enrolledAt > 0)
    graces.push({ by: 'new-enrollment', notBefore: enrolledAt + policies.graceNewEnrollmentMs });
  if (memory.returned) {
    const { at, hardStopAt } = memory.returned;
    graces.push({ by: 'returning', notBefore: Math.min(at + policies.graceReturningMs, hardStopAt) });
  }
  if (memory.fellBackAt !== undefined) graces.push({ by: 'fell-back', notBefore: memory.fellBackAt + policies.graceReturningMs });
  return graces.filter((grace) => grace.notBefore > now);
}

/**
 * The enforcement to hand out, or the held one while it stands. A date once fetched is kept; one not
 * fetched is kept while it has its notice. "Nothing else changes while its date is nearer than the notice."
 */
export function enforcementFor(
  situation: Situation,
  policy: Policy,
  offer: Offer,
  deadline: LedgerLine,
  memory: Memory,
): Omit<Enforcement, 'identifier'> {
  const { held, now } = situation;
  const noticeMs = noticeOf(situation.input.policies, { isExpedited: expediteFor(situation, offer.release) !== undefined });
  const recognized = recognizedOf(situation);
  if (recognized?.release === offer.release && !isPutOff(recognized, situation, memory))
    return { ...recognized, ledgerLocal: deadline.dueLocal };
  // One that is handed out anew is fetched anew.
  const isAsFetched = situation.isHeldFetched && held !== undefined && namedDetails(held) === policy.detailsUrl;
  const neededMs = noticeMs + (isAsFetched ? 0 : placingAllowance(situation.input));
  const hasNotice = held !== undefined && held.earliestAt >= now + neededMs;
  if (held && held.release === offer.release && held.policy === policy.name && !isOffCalendar(held, situation)) {
    const sameBasis = held.ledgerLocal === deadline.dueLocal && !isPutOff(held, situation, memory);
    const sameDetails = namedDetails(held) === policy.detailsUrl;
    if (situation.isHeldFetched && sameBasis && (sameDetails || !hasNotice)) return held;
    if (!situation.isHeldFetched && sameBasis && sameDetails && hasNotice && isOnAllowedDay(held, situation))
      return withPageOf(situation, held);
    if (situation.isHeldFetched && sameBasis && !sameDetails) return { ...withoutDetails(held), ...detailsFor(situation, policy) };
  }
  const fresh = freshEnforcement(situation, policy, offer, deadline, memory);
  return held !== undefined && isInVain(situation, held, fresh, memory)
    ? { ...held, ledgerLocal: deadline.dueLocal, adjustments: fresh.adjustments }
    : withPageHeld(situation, fresh);
}

/** The line came nearer, and with its notice the date would not: what the device has is kept. */
function isInVain(situation: Situation, held: Enforcement, fresh: Omit<Enforcement, 'identifier'>, memory: Memory): boolean {
  if (!situation.isHeldFetched || held.release !== fresh.release || held.policy !== fresh.policy) return false;
  if (isOffCalendar(held, situation) || isPutOff(held, situation, memory)) return false;
  return fresh.ledgerLocal < held.ledgerLocal && held.local <= fresh.local && namedDetails(held) === namedDetails(fresh);
}

/** Nobody may have that date, whatever else keeps the device from another: it is off the calendar, or a person put it off. */
export function isBarred(held: Enforcement, situation: Situation): boolean {
  return isOffCalendar(held, situation) || isSoonerThanOrdered(held.local, situation);
}

/** It comes in a blackout, or has come and one is on or near: the device may install it then (rule 16). */
function isOffCalendar(held: Enforcement, situation: Situation): boolean {
  const { input, policy, now } = situation;
  if (blackoutAt(held.local, blackoutsFor(input.policies, policy)) !== undefined) return true;
  const ahead = blackoutAhead(situation);
  // On its own day, after the blackout: where the zone is not known that may have come while the blackout is on elsewhere.
  return ahead !== undefined && held.local < ahead.until && now >= held.earliestAt && !situation.hasStarted;
}

/** A date put off falls on the policy's days. An edit of those moves no line that lies on one of them, and may leave the date behind. */
export function isOnAllowedDay({ local, release }: Enforcement, situation: Situation): boolean {
  if (situation.policy === undefined || expediteFor(situation, release)) return true;
  return firstFree(local, local.slice(11, 16), { weekdays: weekdaysOf(situation.policy), blackouts: [] }) === local;
}

/** Something since the held date was set makes a new one, which is later: a grace, or a person's word. */
function isPutOff(held: Enforcement, situation: Situation, memory: Memory): boolean {
  return isGraceNew(held, situation, memory) || isSoonerThanOrdered(held.local, situation);
}

/** A grace that began after the held date was set (a return, a fall back) makes a new date. */
function isGraceNew(held: Enforcement, situation: Situation, memory: Memory): boolean {
  return gracesOf(situation, memory).some(
    (grace) =>
      grace.notBefore > held.earliestAt && !held.adjustments.some((known) => known.by === grace.by && known.notBefore >= grace.notBefore),
  );
}

function freshEnforcement(
  situation: Situation,
  policy: Policy,
  offer: Offer,
  deadline: LedgerLine,
  memory: Memory,
): Omit<Enforcement, 'identifier'> {
  const { now } = situation;
  const expedite = expediteFor(situation, offer.release);
  const noticeMs = noticeOf(situation.input.policies, { isExpedited: expedite !== undefined });
  const notBefore: Adjustment[] = [...gracesOf(situation, memory), { by: 'notice', notBefore: now + noticeMs + FETCH_ALLOWANCE_MS }];
  // Who expedites names the day: weekdays are the policy's, blackouts hold for everything.
  const calendar = { ...calendarOf(situation, policy), ...(expedite ? { weekdays: undefined } : {}) };
  const hours = [timeOfDay(policy.due), ...(expedite ? [expedite.due.slice(11, 16)] : [])];
  let local = deadline.dueLocal;
  const adjustments: Adjustment[] = [];
  for (const adjustment of notBefore) {
    if (momentsOf(local, situation).earliestAt >= adjustment.notBefore) continue;
    local = putOff(adjustment.notBefore, hours, calendar.weekdays, situation);
    adjustments.push(adjustment);
  }
  const ordered = notBeforeOrdered(situation);
  if (ordered !== undefined && local < ordered) {
    const hour = firstOfHours(ordered, hours);
    local = firstFree(hour, hour.slice(11, 16), { weekdays: calendar.weekdays, blackouts: [] });
    adjustments.push({ by: 'operator', notBefore: momentsOf(local, situation).earliestAt });
  }
  const ahead = blackoutAhead(situation);
  if (ahead && local < ahead.until) {
    local = firstOfHours(ahead.until, hours);
    adjustments.push({ by: 'blackout', notBefore: momentsOf(local, situation).earliestAt });
  }
  const free = firstFree(local, expedite ? local.slice(11, 16) : timeOfDay(policy.due), calendar);
  if (free !== local) {
    local = free;
    adjustments.push({ by: 'blackout', notBefore: momentsOf(free, situation).earliestAt });
  }
  const open = expedite ? local : firstNotFull(local, calendar, situation);
  if (open !== local) {
    local = open;
    adjustments.push({ by: 'limit', notBefore: momentsOf(open, situation).earliestAt });
  }
  return {
    release: offer.release,
    version: formatVersion({ ...offer.version, extra: '' }),
    ...buildOf(policy, offer),
    local,
    ...momentsOf(local, situation),
    ...detailsFor(situation, policy),
    policy: policy.name,
    ...(expedite ? { isExpedited: true as const } : {}),
    ledgerLocal: deadline.dueLocal,
    adjustments,
  };
}

/** The first of these hours on a device's own clock at or after `local`: no zone is needed to tell. */
function firstOfHours(local: LocalDateTime, hours: readonly string[]): LocalDateTime {
  const days = hours.map((at) => [daysAfter(local, 0, at), daysAfter(local, 1, at)].find((hour) => hour >= local) as LocalDateTime);
  return days.sort()[0] as LocalDateTime;
}

/** So far ahead a day is looked for: more devices than that many days take are on them all the same. */
const FULL_DAYS_MAX = 366;

/** `local`, or the first allowed day after it on which limits leave room. */
function firstNotFull(local: LocalDateTime, calendar: Calendar, situation: Situation): LocalDateTime {
  const at = local.slice(11, 16);
  let open = local;
  for (let days = 0; days < FULL_DAYS_MAX && fullBy(situation, open) !== undefined; days += 1)
    open = firstFree(daysAfter(open, 1, at), at, calendar);
  return open;
}

/** The build to name beside the version: an improvement's, whose version is that of its base, or the one the policy names. */
function buildOf({ target }: Policy, { isImprovement, builds }: Offer): { build?: string } {
  if (target.kind === 'build' && builds.includes(target.build)) return { build: target.build };
  return isImprovement && builds[0] !== undefined ? { build: builds[0] } : {};
}

/** The next of these hours at or after `notBefore`, wherever the device is (rule 17: rounded up by 14 h). */
function putOff(
  notBefore: Instant,
  hours: readonly string[],
  weekdays: readonly Weekday[] | undefined,
  { zone, zoneAssumed }: DeviceClock,
): LocalDateTime {
  const local = zoneAssumed ? nextOfHours(notBefore + EARLIEST_ZONE_MS, hours, 'UTC') : nextOfHours(notBefore, hours, zone);
  return firstFree(local, local.slice(11, 16), { weekdays, blackouts: [] });
}

function weekdaysOf({ due }: Policy): readonly Weekday[] | undefined {
  return due.kind === 'days' ? due.weekdays : undefined;
}

function calendarOf({ input }: Situation, policy: Policy): Calendar {
  return { weekdays: weekdaysOf(policy), blackouts: blackoutsFor(input.policies, policy) };
}
