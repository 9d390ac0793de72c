import { isDeepStrictEqual } from 'node:util';
import type { Adjustment } from '../../../src/decide/manifest.ts';
import type { LedgerLine } from '../../../src/policy/ledger.ts';
import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import { instantOfLocal } from '../../../src/sim/zone.ts';
import { daysLater, isDayOff } from '../days-off.ts';
import type { FleetPolicy } from '../harness.ts';
import type { NotedCommit } from '../recorder.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { clockOff } from './clock-off.ts';
import { createContacts } from './contacts.ts';
import { createDatesTaken } from './dates-taken.ts';
import { createExpedites } from './expedites.ts';
import { createFeedAsRead } from './feed-as-read.ts';
import { createOpenRings } from './open-rings.ts';
import { createOrdersTold } from './orders-told.ts';
import { createReported } from './reported.ts';
import { createSofaAsRead } from './sofa-as-read.ts';
import { createTargetTold } from './target-told.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A decision that was made before an edit may be written after it. */
const CALL_MS = 5_000;
const NOTICE_MS = DAY;
const NEW_ENROLLMENT_MS = 3 * DAY;
/** A clock that is set wrong is wrong for four days at most, and noticed to be right again within one. */
const CLOCK_WRONG_MS = 5 * DAY;
/** A date put off falls on the policy's next hour, and where the zone is not known on that of the latest zone. */
const ZONES_MS = 26 * HOUR;
const ROUNDING_MS = DAY + ZONES_MS;
const BLACKOUT_LEAD_MS = DAY;

interface ServedDate {
  target: string;
  /** What the device was known to run then. */
  runs: string;
  at: number;
  fetchedAt: number;
  local: string;
}

/**
 * Promise 6: deadlines don't run away. A line of the ledger gets later only by an edit of a person; and a device still behind
 * is never handed a later date than it had, unless after an edit that may put dates off, or when an expedite was taken back, or by an adjustment the rules know, for
 * which the world shows the cause; more time puts a date off to the day that a person named.
 */
export const deadlines: CheckerKind = { promise: 6, title: 'deadlines do not run away', file: 'deadlines.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, store, scheduler, policies, isClockSet } = fleet;
  const rings = createOpenRings(fleet);
  /** As last written, and when that was noticed. */
  const lines = new Map<string, { line: LedgerLine; at: number }>();
  /** When the policies may last have been changed so that dates get later. */
  let laterSince = Number.NEGATIVE_INFINITY;
  const reported = createReported();
  const contacts = createContacts(fleet, { isSure: true });
  const feed = createFeedAsRead(world);
  const targets = createTargetTold(fleet, feed);
  const sofa = createSofaAsRead(world);
  const served = new Map<string, ServedDate[]>();
  /** All of them: a date fixed in one enrollment may be handed out again in the next. */
  const enrolledAt = new Map<string, number[]>();
  const expedites = createExpedites(fleet);
  const taken = createDatesTaken(fleet);
  const orders = createOrdersTold(fleet);
  /** By device: the identifier of its date. */
  const dated = new Map<string, string>();
  /**
   * By device and identifier, as the decision that made the date stored it: its adjustments; and, put off by a limit, the
   * first of the full days before it and itself.
   */
  const made = new Map<string, { adjustments: readonly Adjustment[]; first: string }>();

  function onDate(event: WorldEvent & { kind: 'dm' }, device: WorldDevice): void {
    const { enforcement } = event;
    if (enforcement === undefined) return;
    const runs = reported.latest(device.id)?.version ?? device.spec.osVersion;
    const local = enforcement.targetLocalDateTime;
    const at = instantOfLocal(local, device.spec.timeZone) ?? 0;
    // A date stands for all that was missed then: once some of it is installed, what is left may be due later (rule 11).
    const since = Math.max(
      laterSince,
      expedites.putBackAt(device, (version) => compareVersionTexts(version, runs) > 0),
    );
    const before = (served.get(device.id) ?? []).filter(
      (date) => date.runs === runs && compareVersionTexts(date.target, runs) > 0 && date.fetchedAt > since,
    );
    const binding = before.filter((date) => canStillBeMet(device, date.target, enforcement.targetOSVersion)).sort((a, b) => a.at - b.at)[0];
    served.set(device.id, [...before, { target: enforcement.targetOSVersion, runs, at, fetchedAt: event.at, local }]);
    if (binding === undefined || at <= binding.at) return;
    const { adjustments: told, first } = made.get(`${device.id} ${enforcement.identifier}`) ?? { adjustments: [], first: local };
    // Days on which nothing falls, and full ones, put off whatever else did.
    const wished = instantOfLocal(firstOf(first), device.spec.timeZone) ?? at;
    // An edit may have made the day of its date one of them, and who was expedited may have taken its place.
    if (wished <= binding.at && told.some(({ by }) => by === 'blackout' || by === 'limit')) return;
    if (world.catalogue.releases.some(({ version }) => isHastening(device, version, runs))) return;
    if (told.some((adjustment) => isBorneOut(adjustment, device, { at: wished, local: firstOf(first) }, before))) return;
    const by = told.map((adjustment) => adjustment.by).join(', ') || 'nothing';
    violate(device.id, `had the date ${binding.local} and was handed ${local} while still behind, put off by ${by}`);
  }

  function onEnrollment(device: string, at: number): void {
    enrolledAt.set(device, [...(enrolledAt.get(device) ?? []), at]);
  }

  /** It was missed, and called severe, and is so no more: dates may be as they were without that. */
  function isHastening(device: WorldDevice, version: string, runs: string): boolean {
    return compareVersionTexts(version, runs) > 0 && sofa.isTakenBack(device, version);
  }

  /** What Apple took back has no date (rule 11), nor has what is newer than all that is left after that, wanted and open to it (rule 8). */
  function canStillBeMet(device: WorldDevice, target: string, handed: string): boolean {
    const now = scheduler.now();
    const runs = [reported.latest(device.id)?.version ?? device.spec.osVersion];
    const isLeftOut = (version: string) => rings.isSkipped(version) || targets.mayBeTakenBack(device, version);
    const isMeant = (version: string) => policies.at(now).some((policy) => targets.isMeant(policy, device, version, runs, isLeftOut));
    const left = feed
      .offered(device)
      .filter((version) => version === handed || (isMeant(version) && rings.isHandedOut(device.id, version, now)));
    return left.some((version) => compareVersionTexts(version, target) >= 0) && !feed.isTakenBack(device, target);
  }

  /** `wished`: without the days on which nothing falls. */
  function isBorneOut(
    { by, notBefore }: Adjustment,
    device: WorldDevice,
    { at, local }: Pick<ServedDate, 'at' | 'local'>,
    before: readonly ServedDate[],
  ): boolean {
    if (at > notBefore + ROUNDING_MS) return false;
    switch (by) {
      case 'new-enrollment':
        return enrolledAt.get(device.id)?.some((enrolled) => isAfterEnrollment(notBefore - enrolled - NEW_ENROLLMENT_MS)) ?? false;
      case 'fell-back':
        return reported.hasFallen(device.id);
      case 'returning':
        return before.some((date) => wasSilentPast(device, date));
      // Decided an hour and the notice before it; the date it replaces had less than that left, whatever the zone.
      case 'notice':
        return before.some((date) => date.at < notBefore + 26 * HOUR && notBefore <= latestNow() + NOTICE_MS + HOUR);
      // No policy of a run has one.
      case 'blackout':
        return before.some((date) => isPutOffByBlackout(device, date, at));
      // It puts off over full days only, and those are left out already.
      case 'limit':
        return false;
      // On the day that a person named since then, and no later.
      case 'operator':
        return before.some((date) =>
          orders.moreTimeSince(device.id, date.fetchedAt).some((day) => date.local < day && local.slice(0, 10) <= day),
        );
    }
  }

  /** As the app's clock may have shown it when it decided, for something that is fetched soon after. */
  function latestNow(): number {
    const now = scheduler.now();
    const [aheadMs] = clockOff(fleet, now - HOUR, now);
    return now + aheadMs;
  }

  /** Of the days before it on which nothing falls or which are full now, at the same hour, the first. */
  function firstFull(device: string, local: string, own: string | undefined): string {
    const before = daysLater(local, -1);
    const day = before.slice(0, 10);
    // Its own place is never taken.
    if (day !== own && (isOff(before) || taken.isFull(day, device, scheduler.now()))) return firstFull(device, before, own);
    return local;
  }

  /** Of the days before it on which nothing falls, at the same hour, the first. */
  function firstOf(local: string): string {
    const before = daysLater(local, -1);
    return isOff(before) ? firstOf(before) : local;
  }

  function isOff(local: string): boolean {
    return policies.at(scheduler.now()).some((policy) => isDayOff(policy, local));
  }

  /** It has passed when a blackout comes near, and is replaced by the first after that. */
  function isPutOffByBlackout({ spec }: WorldDevice, date: ServedDate, at: number): boolean {
    const spans = policies.at(scheduler.now()).flatMap(({ blackouts }) => blackouts ?? []);
    return spans.some(({ from, until }) => {
      const [begins = 0, ends = 0] = [from, until].map((end) => instantOfLocal(end, spec.timeZone));
      return date.at <= begins + ZONES_MS && scheduler.now() >= begins - BLACKOUT_LEAD_MS - ZONES_MS && at <= ends + ROUNDING_MS;
    });
  }

  /** What is heard while the app's clock is in doubt counts from when it no longer is. */
  function isAfterEnrollment(late: number): boolean {
    return Math.abs(late) < HOUR || (isClockSet && late > 0 && late < CLOCK_WRONG_MS);
  }

  function wasSilentPast(device: WorldDevice, { at, local }: ServedDate): boolean {
    const everywhere = Date.parse(`${local}Z`) + 12 * HOUR;
    return [at, everywhere].some((passed) => contacts.isSilent(device.id, passed, passed + HOUR));
  }

  /** It may be written anew long after the edit: when its device can be decided again. */
  function onLine(line: LedgerLine): void {
    const key = `${line.enrollmentId} ${line.policy} ${line.release}`;
    const before = lines.get(key);
    const isLater = before !== undefined && line.dueAt > before.line.dueAt && !isLost(before.line);
    if (isLater && laterSinceOf(line) < before.at - CALL_MS && !isTakenBack(line))
      violate(line.enrollmentId, `${line.release} was due ${before.line.dueLocal} and is due ${line.dueLocal} now, by no edit of anybody`);
    if (!isDeepStrictEqual(before?.line, line)) lines.set(key, { line, at: scheduler.now() });
  }

  /** Written after the backup that a person put in place since: the store that knew it is gone. */
  function isLost({ writtenAt }: LedgerLine): boolean {
    const { restored } = fleet.ratchet.standing.control;
    return restored !== undefined && restored.backupAt < writtenAt && writtenAt < restored.at;
  }

  function laterSinceOf({ enrollmentId, version }: LedgerLine): number {
    const device = world.device(enrollmentId);
    return Math.max(laterSince, device ? expedites.putBackAt(device, (other) => other === version) : laterSince);
  }

  /** What SOFA called severe, and does no more. */
  function isTakenBack({ enrollmentId, version }: LedgerLine): boolean {
    const device = world.device(enrollmentId);
    return device !== undefined && sofa.isTakenBack(device, version);
  }

  /** `own`: the day it had before. */
  function onMade({ enrollmentId, decision: { enforcement } }: NotedCommit, own: string | undefined): void {
    const before = dated.get(enrollmentId);
    if (enforcement === undefined) dated.delete(enrollmentId);
    else dated.set(enrollmentId, enforcement.identifier);
    if (enforcement === undefined) return;
    const { identifier, local, adjustments } = enforcement;
    const known = made.get(`${enrollmentId} ${identifier}`);
    const isLimited = adjustments.some(({ by }) => by === 'limit');
    const first = isLimited && before !== identifier ? firstFull(enrollmentId, local, own) : (known?.first ?? local);
    made.set(`${enrollmentId} ${identifier}`, { adjustments, first });
  }

  /** An edit is under way from when it is begun to when a person was told of its end: both may be in force. */
  function onEdit(at: number): void {
    if (bringsLater(policies.between(at - 1, at))) laterSince = at;
  }

  return {
    ...orders,
    onActBegun(act) {
      if (act.what === 'edit') onEdit(act.at);
      rings.onActBegun(act);
      expedites.onActBegun(act);
    },
    onAct(act) {
      if (act.what === 'edit') onEdit(act.at);
      rings.onAct(act);
      expedites.onAct(act);
    },
    onCatalogueSaved: feed.saved,
    onRolloutsSaved(saved) {
      rings.onRolloutsSaved(saved);
      expedites.onRolloutsSaved(saved);
    },
    onSeveritiesSaved: sofa.saved,
    onEvent(event) {
      const device = world.device(event.device);
      if (device && event.kind === 'dm' && event.enforcement !== undefined) onDate(event, device);
      if (event.kind === 'enrollment' && event.what !== 'dark') onEnrollment(event.device, event.at);
      if (event.kind === 'webhook' && event.status === 200 && event.topic === 'mdm.TokenUpdate') onEnrollment(event.device, event.sentAt);
      reported.note(event);
      contacts.note(event);
      feed.note(event);
      sofa.note(event);
    },
    onCommit(commit) {
      const own = taken.dayOf(commit.enrollmentId);
      taken.note(commit, scheduler.now());
      for (const line of commit.ledgerLines) onLine(line);
      onMade(commit, own);
    },
    async sweep() {
      for (const gathered of await store.loadForReconcile(world.devices.map((device) => device.id)))
        for (const line of gathered.lines) onLine(line);
    },
  };
}

/** Of policies one after the other, one asks for later dates, or for another release, than one before it. */
function bringsLater(given: readonly FleetPolicy[]): boolean {
  return given.some((policy, index) => {
    const before = given[index - 1];
    if (before === undefined) return false;
    const { days, blackouts: _, isByPlatform, ...rest } = policy;
    const { days: daysBefore, blackouts: __, isByPlatform: wasByPlatform, ...restBefore } = before;
    const isSameElse = isDeepStrictEqual(rest, restBefore) && isByPlatform === wasByPlatform;
    // More blackouts are looked at date by date.
    return days > daysBefore || !isSameElse;
  });
}
