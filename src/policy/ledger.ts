import { HOUR_MS, type Instant, instantOf, type LocalDateTime, localDaysAfter, localOf } from '../time/local.ts';
import { firstFree } from './calendar.ts';
import type { PolicyDue } from './policy.types.ts';
import { type DueSeverity, daysFor } from './severity.ts';

/**
 * One line of the deadline ledger: by when this policy wants this release on this device. Written once;
 * a newer or re-posted release resets nothing, so a deadline can't run away (rules 10, 11).
 */
export interface LedgerLine {
  policy: string;
  enrollmentId: string;
  /** "iOS 26.6.1" */
  release: string;
  /** Version text of the release, to compare with what the device runs. */
  version: string;
  dueLocal: LocalDateTime;
  /** Zone the line was computed in, and whether the device told it. */
  zone: string;
  zoneAssumed: boolean;
  dueAt: Instant;
  /** Latest of: first seen, and the moment the policy began to require the release of this device. */
  clockStartAt: Instant;
  writtenAt: Instant;
  /**
   * The policy's due as text when this was written, with the severity it was derived for: another text for the same
   * severity is an edit by the operator, which may move the line.
   */
  dueSpec: string;
}

/**
 * Which of two lines of one device comes first there. By what its clock shows, which is what it is handed (rule 17): the
 * zones they were computed in may differ, one of them assumed before the device told its own.
 */
export function isSooner(line: Pick<LedgerLine, 'dueLocal'>, other: Pick<LedgerLine, 'dueLocal'>): boolean {
  return line.dueLocal < other.dueLocal;
}

/** Text form of a due, for comparing: "14 days at 18:00", "3 days at 18:00 (exploited)". */
export function dueSpec(due: PolicyDue, severity: DueSeverity = 'standard'): string {
  if (due.kind === 'date') return `date ${due.at}`;
  const name = severity === 'standard' ? '' : ` (${severity})`;
  return `${daysFor(due, severity)} days at ${due.at}${due.weekdays === undefined ? '' : `, ${due.weekdays.join(' ')}`}${name}`;
}

export interface LineInput {
  policy: string;
  enrollmentId: string;
  release: string;
  version: string;
  due: PolicyDue;
  /** Our clock when the release was first seen. */
  firstSeenAt: Instant;
  /** The moment the policy began to require releases of this device. */
  requiredSince: Instant;
  /** When its ring opened, where there are rings: a delivery date, from which the notice counts and nothing else. */
  openedAt?: Instant | undefined;
  zone: string;
  zoneAssumed: boolean;
  noticeMs: number;
  now: Instant;
  /** How severe the release is for this device; default `standard`. */
  severity?: DueSeverity;
  /** Since when that is known: its days count from then at the earliest, or the news of a year-old hole would leave none. */
  severeSince?: Instant;
}

/** Computes a line. It is never due before its clock start, and the opening of its ring, plus the notice (rule 10). */
export function writeLine(input: LineInput): LedgerLine {
  const clockStartAt = Math.max(input.firstSeenAt, input.requiredSince);
  const { due, severity = 'standard' } = input;
  const countedFrom = Math.max(clockStartAt, input.severeSince ?? clockStartAt);
  const wished = due.kind === 'date' ? due.at : localDaysAfter(countedFrom, daysFor(due, severity), due.at, input.zone);
  const wishedAt = instantOf(wished, input.zone);
  const earliest = Math.max(clockStartAt, input.openedAt ?? 0) + input.noticeMs + HOUR_MS;
  const at = timeOfDay(due);
  const soonest = wishedAt >= earliest ? wished : nextTimeOfDay(earliest, at, input.zone);
  const dueLocal = due.kind === 'date' ? soonest : firstFree(soonest, at, { weekdays: due.weekdays, blackouts: [] });
  return {
    policy: input.policy,
    enrollmentId: input.enrollmentId,
    release: input.release,
    version: input.version,
    dueLocal,
    zone: input.zone,
    zoneAssumed: input.zoneAssumed,
    dueAt: instantOf(dueLocal, input.zone),
    clockStartAt,
    writtenAt: input.now,
    dueSpec: dueSpec(due, severity),
  };
}

export interface ExpediteInput {
  due: LocalDateTime;
  /** When a person said so. */
  at: Instant;
  /** The notice of an expedited release. */
  noticeMs: number;
}

/**
 * The line under rule 23: by the given time or, where that leaves less than the notice, at the next hour of it or of the
 * policy that does not. Its clock start stays: from there it is derived again when the expedite is taken back.
 */
export function expeditedLine(line: LedgerLine, due: PolicyDue, expedite: ExpediteInput, now: Instant): LedgerLine {
  const earliest = Math.max(expedite.at, line.clockStartAt) + expedite.noticeMs + HOUR_MS;
  const isInTime = instantOf(expedite.due, line.zone) >= earliest;
  const dueLocal = isInTime ? expedite.due : nextOfHours(earliest, [expedite.due.slice(11, 16), timeOfDay(due)], line.zone);
  return {
    ...line,
    dueLocal,
    dueAt: instantOf(dueLocal, line.zone),
    writtenAt: now,
    dueSpec: `by ${expedite.due.slice(0, 16)}${EXPEDITED}`,
  };
}

const EXPEDITED = ' (expedited)';

/** A person wanted it sooner than its policy says. */
export function isExpeditedSpec(dueSpec: string): boolean {
  return dueSpec.endsWith(EXPEDITED);
}

/** The first of these hours at or after `instant`. */
export function nextOfHours(instant: Instant, hours: readonly string[], zone: string): LocalDateTime {
  const [first] = hours.map((at) => nextTimeOfDay(instant, at, zone)).sort();
  if (first === undefined) throw new TypeError('no hour to choose from');
  return first;
}

/** The policy's hour, "18:00". */
export function timeOfDay(due: PolicyDue): string {
  return due.kind === 'days' ? due.at : due.at.slice(11, 16);
}

/**
 * The first local date-time at or after `instant` that shows the policy's hour: a date put off by notice
 * or grace still falls on the hour the operator chose, not on three in the morning or in a lesson.
 */
export function nextTimeOfDay(instant: Instant, at: string, zone: string): LocalDateTime {
  const today = `${localOf(instant, zone).slice(0, 10)}T${at}:00`;
  if (instantOf(today, zone) >= instant) return today;
  return localDaysAfter(instant, 1, at, zone);
}
