import { createHash } from 'node:crypto';
import { attemptsOf } from '../../decide/attempts.ts';
import { holdsUnknownOurs } from '../../decide/checks.ts';
import { type Decision, decide } from '../../decide/decide.ts';
import { type DecideInput, newMemory } from '../../decide/input.ts';
import type { Manifest } from '../../decide/manifest.ts';
import { withoutFuture } from '../../decide/placed-date.ts';
import type { CommandWant } from '../../decide/wants.types.ts';
import { advanceByEvent, advanceByTime, supersede } from '../../delivery/advance.ts';
import { waitsItsTurn } from '../../delivery/enqueue.ts';
import { isEnded, type OutboxEntry } from '../../delivery/outbox-entry.ts';
import { standInAfterRestore } from '../../delivery/restore.ts';
import type { EnrollmentEvent } from '../../enrollment/event.ts';
import { foldEvents } from '../../enrollment/fold.ts';
import { type EnrollmentState, newEnrollment } from '../../enrollment/state.ts';
import {
  availableOsUpdatesCommand,
  declarativeManagementCommand,
  deviceInformationCommand,
  osUpdateStatusCommand,
  type ScheduledUpdate,
  scheduleOsUpdateCommand,
  scheduleOsUpdateScanCommand,
  securityInfoCommand,
} from '../../mdm/commands.ts';
import { type EnrollmentSummary, type Gathered, marksOf, type ReconcileCommit, type StoredDecision } from '../../store/store.ts';
import { DAY_MS, HOUR_MS } from '../../time/local.ts';
import type { Standing } from '../standing.ts';
import { asAnsweredElsewhere } from './answered-elsewhere.ts';
import { isListedAlike, summaryOf } from './summary.ts';
import { timelineOf } from './timeline.ts';

/** A commit and what it changes of the site. */
export interface Reconciled {
  commit: ReconcileCommit;
  decision: Decision;
  /** It reports declarations of ours that this store does not know. */
  holdsUnknownOurs: boolean;
}

/**
 * One enrollment, from what was heard to what is to be written: fold, advance the commands, decide.
 * Nothing here acts; the commit is the act, and the sender and the -dm listener work from what it wrote.
 */
export function reconcileOne(gathered: Gathered, standing: Standing, now: number, uuid: () => string): Reconciled {
  if (standing.clockSuspect !== undefined) return waitForClock(gathered, standing, now);
  const placement = gathered.placement && withoutFuture(gathered.placement, now);
  const events = asAnsweredElsewhere(inTrust(gathered.events, now), placement, standing.placing);
  const before = gathered.state;
  const state = foldEvents(before ?? newEnrollment(gathered.id, gathered.events[0]?.subject.type ?? 'Device'), events);
  const known = gathered.commands.map((entry) => advanceByTime(events.reduce(advanceByEvent, entry), state.generation, now));
  const standIn = standInFor(gathered, standing, state.generation, uuid);
  const commands = [...known, ...standIn];
  const input: DecideInput = { ...inputOf(gathered, state, standing, now), commands };
  const decision = decide(input);
  const takenBack = new Set(decision.wants.takeBack);
  const isAnswered = known.some((entry, index) => entry.state === 'answered' && gathered.commands[index]?.state !== 'answered');
  const settled = known.map((entry) => {
    if (takenBack.has(entry.commandUuid)) return supersede(entry, now);
    return isAnswered && waitsItsTurn(entry, now) ? { ...entry, notBefore: now } : entry;
  });
  const added = [...standIn, ...decision.wants.commands.map((want) => newEntry(want, state.id, uuid(), now))];
  const changed = settled.flatMap((entry, index) => bumped(entry, gathered.commands[index]));
  const site = decision.claimsFirst ? { ...standing.site, first: { enrollmentId: state.id, since: now } } : undefined;
  const isManifestChanged = decision.manifest !== undefined && !isSameManifest(decision.manifest, gathered.manifest);
  const listed = new Set(gathered.manifest?.items.map((item) => item.identifier));
  const summary = summaryOf(state, decision, input.tags);
  return {
    decision,
    holdsUnknownOurs: holdsUnknownOurs(input),
    commit: {
      enrollmentId: state.id,
      basedOn: gathered.revision,
      state,
      memory: decision.memory,
      decision: toStored(decision),
      summary,
      isListedTheSame: isListedTheSame(gathered, decision, summary),
      ...pageName(gathered, standing, state),
      ...conflictMarks(gathered, decision),
      recheckAt: decision.recheckAt,
      consumedSeq: gathered.lastSeq,
      timeline: timelineOf({
        before,
        after: state,
        events,
        commandsBefore: gathered.commands,
        commandsAfter: settled,
        added,
        previous: gathered.decision,
        decision,
        now,
      }),
      ledgerLines: decision.ledgerLines,
      rolloutDevices: decision.rolloutDevices,
      ...(isManifestChanged && decision.manifest ? { manifest: decision.manifest } : {}),
      declarations: decision.declarations.filter((declaration) => !listed.has(declaration.Identifier)),
      outbox: { add: added, change: changed },
      attempts: attemptsOf({
        enrollment: state,
        commands: [...settled, ...added],
        touched: [...added, ...changed],
        stored: gathered.attempts,
        now,
      }),
      ...(decision.wants.push ? { push: { at: now, because: decision.wants.push.because } } : {}),
      ...(site ? { site } : {}),
    },
  };
}

function inputOf(gathered: Gathered, enrollment: EnrollmentState, standing: Standing, now: number): Omit<DecideInput, 'commands'> {
  const ownersPage = standing.ownersPages?.addressOf(enrollment);
  return {
    now,
    enrollment,
    memory: gathered.memory ?? newMemory(),
    policies: standing.policies,
    tags: standing.tags.of(enrollment),
    rollouts: standing.rollouts,
    ...(ownersPage === undefined ? {} : { ownersPage }),
    ...(standing.load ? { load: standing.load } : {}),
    control: standing.control,
    ...(gathered.overrides ? { overrides: gathered.overrides } : {}),
    catalogue: standing.catalogue,
    severities: standing.severities,
    offered: standing.offered.of,
    lines: gathered.lines,
    manifest: gathered.manifest,
    push: gathered.push,
    site: standing.site,
    ...(standing.placing
      ? { placing: standing.placing, ...(gathered.placement ? { placement: withoutFuture(gathered.placement, now) } : {}) }
      : {}),
    basis: standing.basis(),
    clockSuspect: standing.clockSuspect,
  };
}

/** Two events of a doubted clock that lie further apart: it was set in between. */
const APART_MAX_MS = 7 * DAY_MS;

/**
 * What was heard while the clock was in doubt counts as heard now: in the order it came, as far apart as it came and as late
 * as it was, none of which a clock that shows the wrong time gets wrong.
 */
function inTrust(items: Gathered['events'], now: number): EnrollmentEvent[] {
  const events: EnrollmentEvent[] = [];
  let next: { receivedAt: number; shown?: number } = { receivedAt: now + 1 };
  for (const { event } of items.toReversed()) {
    if (!event.isClockDoubted) {
      events.push(event);
      next = { receivedAt: Math.min(next.receivedAt, event.receivedAt) };
      continue;
    }
    const apart = next.shown === undefined ? 1 : next.shown - event.receivedAt;
    const receivedAt = next.receivedAt - (apart >= 1 && apart <= APART_MAX_MS ? apart : 1);
    events.push({ ...event, observedAt: receivedAt - (event.receivedAt - event.observedAt), receivedAt });
    next = { receivedAt, shown: event.receivedAt };
  }
  return events.reverse();
}

/**
 * With a clock in doubt nothing is folded, remembered, dated, sent or taken for lost: by a clock of 2040 every date is
 * past and every command unanswered for years. What is heard waits in the inbox; only the reason is written. But what a
 * person halted is taken off the list: that needs no clock, and a device that asks meanwhile would keep its date (rule 18).
 */
function waitForClock(gathered: Gathered, standing: Standing, now: number): Reconciled {
  const state = gathered.state ?? newEnrollment(gathered.id, gathered.events[0]?.subject.type ?? 'Device');
  const memory = gathered.memory ?? newMemory();
  const {
    demand: _none,
    offered: _unheard,
    conflicts: _undated,
    ...decided
  } = decide({ ...inputOf(gathered, state, standing, now), commands: gathered.commands });
  const decision: Decision = {
    ...decided,
    // What they are counted by stays as well.
    ...(gathered.decision?.conflicts ? { conflicts: gathered.decision.conflicts } : {}),
    manifest: isHalting(gathered, decided, standing) ? decided.manifest : undefined,
    declarations: [],
    ledgerLines: [],
    wants: { commands: [], takeBack: [], lookAgainAt: [] },
    memory,
    rolloutDevices: [],
    claimsFirst: false,
    recheckAt: now + HOUR_MS,
  };
  const summary = gathered.summary ?? summaryOf(state, decision, []);
  return {
    decision,
    holdsUnknownOurs: false,
    commit: {
      enrollmentId: state.id,
      basedOn: gathered.revision,
      state,
      memory,
      decision: toStored(decision),
      summary,
      isListedTheSame: isListedTheSame(gathered, decision, summary),
      recheckAt: decision.recheckAt,
      consumedSeq: 0,
      timeline: [],
      ledgerLines: [],
      rolloutDevices: [],
      ...(decision.manifest ? { manifest: decision.manifest } : {}),
      declarations: decided.declarations.filter(({ Identifier }) =>
        decision.manifest?.items.some((item) => item.identifier === Identifier),
      ),
      outbox: { add: [], change: [] },
      attempts: [],
    },
  };
}

/** All is stopped, or its policy only observes: no date that is listed may stay. */
function isHalting({ manifest }: Gathered, { manifest: next, mode }: Decision, { control }: Standing): boolean {
  if (control.state !== 'stopped' && (control.state !== 'running' || mode === 'enforce')) return false;
  return manifest?.enforcement !== undefined && next !== undefined && next.enforcement === undefined;
}

/** Once after a restore, for who is updated by commands (promise 3). */
function standInFor(
  { id, memory, decision, commands }: Gathered,
  { control }: Standing,
  generation: number,
  uuid: () => string,
): OutboxEntry[] {
  const { restored } = control;
  if (restored === undefined || decision === undefined || memory?.restored?.at === restored.at || generation >= restored.at) return [];
  const isUpdatedByCommands = decision.channel === 'commands' || commands.some(({ requestType }) => requestType === 'ScheduleOSUpdate');
  return isUpdatedByCommands ? [standInAfterRestore(id, uuid(), restored.at)] : [];
}

/** The whole of both is compared only where something may differ: this is asked with every commit (10 µs as two texts of JSON). */
function isSameManifest(now: Manifest, before: Manifest | undefined): boolean {
  if (before === undefined || now.token !== before.token || now.changedAt !== before.changedAt) return false;
  if (now.answerableUntil !== before.answerableUntil || now.isInvited !== before.isInvited || now.basis !== before.basis) return false;
  return (
    isSameFields(now.enforcement, before.enforcement) &&
    (now.former.length + before.former.length === 0 || isSameText(now.former, before.former))
  );
}

/** Field by field, because most are plain values; only what is not is compared as text. */
function isSameFields(a: object | undefined, b: object | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const keys = Object.keys({ ...a, ...b }) as (keyof typeof a)[];
  return keys.every((key) => a[key] === b[key] || isSameText(a[key], b[key]));
}

function isSameText(a: unknown, b: unknown): boolean {
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}

function isListedTheSame(gathered: Gathered, decision: Decision, summary: EnrollmentSummary): boolean {
  return gathered.summary !== undefined && gathered.decision?.reason === decision.reason && isListedAlike(gathered.summary, summary);
}

/** What its owner's page is found by, where that changed. */
function pageName({ ownersPage }: Gathered, { ownersPages }: Standing, state: EnrollmentState): Pick<ReconcileCommit, 'ownersPage'> {
  const name = ownersPages?.nameOf(state);
  return ownersPages === undefined || name === ownersPage ? {} : { ownersPage: name ?? null };
}

/** What devices with conflicts are counted by, where that changed. */
function conflictMarks({ decision: before }: Gathered, { conflicts }: Decision): Pick<ReconcileCommit, 'conflicts'> {
  if (conflicts === undefined && before?.conflicts === undefined) return {};
  const marks = marksOf(conflicts);
  return JSON.stringify(marks) === JSON.stringify(marksOf(before?.conflicts)) ? {} : { conflicts: marks };
}

/** Several events may have changed an entry; the store wants exactly one step of its revision. */
function bumped(entry: OutboxEntry, before: OutboxEntry | undefined): OutboxEntry[] {
  return before === undefined || entry === before
    ? []
    : [{ ...entry, ...(isEnded(entry) ? { plist: '' } : {}), revision: before.revision + 1 }];
}

function newEntry(want: CommandWant, enrollmentId: string, commandUuid: string, now: number): OutboxEntry {
  return {
    commandUuid,
    enrollmentId,
    requestType: want.requestType,
    plist: plistOf(want, commandUuid),
    state: 'pending',
    createdAt: now,
    attempt: want.attempt,
    notBefore: now,
    enqueueTries: 0,
    notNowCount: 0,
    ...(want.update ? { update: want.update } : {}),
    ...(want.isBlind ? { isBlind: true } : {}),
    ...(want.notAfter === undefined ? {} : { notAfter: want.notAfter }),
    revision: 1,
  };
}

function plistOf(want: CommandWant, commandUuid: string): string {
  switch (want.requestType) {
    case 'DeviceInformation':
      return deviceInformationCommand(commandUuid, want.queries ?? []);
    case 'SecurityInfo':
      return securityInfoCommand(commandUuid);
    case 'DeclarativeManagement':
      return declarativeManagementCommand(commandUuid);
    case 'ScheduleOSUpdateScan':
      return scheduleOsUpdateScanCommand(commandUuid);
    case 'AvailableOSUpdates':
      return availableOsUpdatesCommand(commandUuid);
    case 'OSUpdateStatus':
      return osUpdateStatusCommand(commandUuid);
    case 'ScheduleOSUpdate':
      return scheduleOsUpdateCommand(commandUuid, [scheduledUpdate(want)]);
  }
}

/** Named by its version where the OS takes one, else by the key of the device's own list. */
function scheduledUpdate({ update, maxUserDeferrals, priority }: CommandWant): ScheduledUpdate {
  if (update === undefined) throw new TypeError('a ScheduleOSUpdate without an update');
  return {
    ...(update.productKey === undefined ? { ProductVersion: update.version } : { ProductKey: update.productKey }),
    InstallAction: update.action,
    ...(maxUserDeferrals === undefined ? {} : { MaxUserDeferrals: maxUserDeferrals }),
    ...(priority === undefined ? {} : { Priority: priority }),
  };
}

/** What is stored of it, and what every page shows. */
export function toStored(decision: Decision): StoredDecision {
  const {
    manifest: _manifest,
    settings: _settings,
    declarations: _bodies,
    ledgerLines: _lines,
    memory: _memory,
    wants,
    claimsFirst: _first,
    offered: _offered,
    ...rest
  } = decision;
  const next = wants.commands.map((want) => `${want.requestType}: ${want.because}`);
  if (wants.push) next.push(`push: ${wants.push.because}`);
  return { ...rest, next };
}

/** Hash of anything that is JSON, for naming revisions. */
export function shortHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
