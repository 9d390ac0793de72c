import type { Conflict } from '../../decide/conflict.types.ts';
import type { Decision } from '../../decide/decide.ts';
import { isLate, type OutboxEntry } from '../../delivery/outbox-entry.ts';
import type { EnrollmentEvent, ServerRecords } from '../../enrollment/event.ts';
import type { EnrollmentState, FactName } from '../../enrollment/state.ts';
import { REASONS } from '../../reasons/reasons.ts';
import type { StoredDecision, TimelineEntry } from '../../store/store.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import { sentenceOf } from '../conflict-words.ts';
import { type Exchanges, exchangesOf } from './exchanges.ts';
import { factWords, foreignWords } from './fact-words.ts';
import { updatedText } from './triggered.ts';

/** What changed for one device, in words a person can follow later. Bounded by the store. */
export interface TimelineInput {
  before: EnrollmentState | undefined;
  after: EnrollmentState;
  events: readonly EnrollmentEvent[];
  commandsBefore: readonly OutboxEntry[];
  commandsAfter: readonly OutboxEntry[];
  added: readonly OutboxEntry[];
  previous: StoredDecision | undefined;
  decision: Decision;
  now: number;
}

export function timelineOf(input: TimelineInput): TimelineEntry[] {
  const { before, after, decision, now } = input;
  const wire = exchangesOf(input.events, decision);
  const entries: TimelineEntry[] = [];
  const isNamedOnly = input.events.length > 0 && input.events.every(({ body }) => body.kind === 'named');
  if (before === undefined)
    entries.push({
      at: now,
      kind: 'seen',
      text: isNamedOnly ? 'Named by a list of devices; not heard of yet.' : 'Seen for the first time.',
      ...(isNamedOnly ? {} : wire.heard(input.events[0])),
    });
  else if (before.lastSeenAt === 0 && after.lastSeenAt > 0 && !isNamedOnly)
    entries.push({ at: now, kind: 'seen', text: 'Seen for the first time.' });
  if (after.generation !== (before?.generation ?? 0))
    entries.push({
      at: after.generation,
      kind: 'seen',
      text: 'Enrolled anew (Authenticate): earlier facts are void.',
      ...wire.heardAt(after.generation),
    });
  if (after.checkOutAt !== (before?.checkOutAt ?? 0))
    entries.push({ at: after.checkOutAt, kind: 'seen', text: 'Checked out of management.', ...wire.heardAt(after.checkOutAt) });
  if (after.pushGoneAt !== (before?.pushGoneAt ?? 0))
    entries.push({ at: after.pushGoneAt, kind: 'seen', text: 'The push service says the device is gone (Unregistered).' });
  for (const name of WATCHED) addFact(entries, before, after, name, wire);
  const updated = updatedText({ before, after, commands: input.commandsAfter, previous: input.previous, now });
  const seenAt = after.facts.osVersion?.observedAt ?? now;
  if (updated !== undefined)
    entries.push({ at: seenAt, kind: 'progress', text: updated, ...wire.heardAt(seenAt, after.facts.osVersion?.value) });
  for (const event of input.events) addEvent(entries, event, wire);
  for (const [index, entry] of input.commandsAfter.entries()) addCommand(entries, entry, input.commandsBefore[index], now, wire);
  for (const entry of input.added)
    entries.push({
      at: now,
      kind: 'command',
      text: entry.isStandIn
        ? 'After the restore: update commands sent since the backup count as outstanding.'
        : `${nameOf(entry)} queued for sending (${entry.commandUuid}, attempt ${entry.attempt}).`,
      ...wire.sent(entry),
    });
  for (const line of decision.ledgerLines) {
    entries.push({
      at: now,
      kind: 'ledger',
      text: `Policy "${line.policy}" wants ${line.release} by ${line.dueLocal} (${line.zone}${line.zoneAssumed ? ', assumed' : ''}; ${line.dueSpec}).`,
    });
  }
  addHandOut(entries, input, wire);
  addConflicts(entries, input);
  if (decision.reason !== input.previous?.reason)
    entries.push({ at: now, kind: 'decision', text: `${decision.reason}: ${REASONS[decision.reason].sentence}` });
  return entries.sort((a, b) => a.at - b.at);
}

const WATCHED: readonly { name: FactName; kind: string; label: string }[] = [
  { name: 'osVersion', kind: 'fact', label: 'OS version' },
  { name: 'buildVersion', kind: 'fact', label: 'Build' },
  { name: 'isSupervised', kind: 'fact', label: 'Supervised' },
  { name: 'timeZone', kind: 'fact', label: 'Time zone' },
  { name: 'installState', kind: 'progress', label: 'Install state' },
  { name: 'installReason', kind: 'progress', label: 'Install reason' },
  { name: 'failureReason', kind: 'progress', label: 'Failure' },
  { name: 'pendingVersion', kind: 'progress', label: 'Pending version' },
  { name: 'updateStatuses', kind: 'progress', label: 'Update status' },
  { name: 'availableUpdates', kind: 'fact', label: 'Lists' },
  { name: 'passcodePresent', kind: 'fact', label: 'Passcode' },
  { name: 'betaEnrollment', kind: 'fact', label: 'Beta program' },
  { name: 'awaitingConfiguration', kind: 'fact', label: 'In Setup Assistant' },
  { name: 'bootstrapToken', kind: 'fact', label: 'Bootstrap token' },
];

function addFact(
  entries: TimelineEntry[],
  before: EnrollmentState | undefined,
  after: EnrollmentState,
  watched: (typeof WATCHED)[number],
  wire: Exchanges,
): void {
  const fact = after.facts[watched.name];
  if (fact === undefined) return;
  const old = factWords(before, watched.name);
  const shown = factWords(after, watched.name);
  if (old === shown) return;
  entries.push({
    at: fact.observedAt,
    kind: watched.kind,
    text: `${watched.label}: ${old === undefined ? '' : `${old} → `}${shown} (${fact.source}).`,
    ...wire.heardAt(fact.observedAt, fact.value),
  });
}

/** What the MDM server had on record; a second import that adds nothing is no event at all. */
function addRecords(entries: TimelineEntry[], at: number, { enrolledAt, enrolledWith, lastSeenAt, leftAt }: ServerRecords): void {
  const enrolled = [
    ...(enrolledAt === undefined ? [] : [`enrolled ${utcDateOf(enrolledAt)}`]),
    ...(enrolledWith === undefined ? [] : [`enrolled with ${enrolledWith.osVersion}${withBuild(enrolledWith.buildVersion)}`]),
  ];
  const seen = lastSeenAt === undefined ? [] : [`last seen ${utcDateOf(lastSeenAt)}`];
  const left = leftAt === undefined ? [] : [`not enrolled since ${utcDateOf(leftAt)}`];
  const facts = [...enrolled, ...seen, ...left];
  if (facts.length > 0) entries.push({ at, kind: 'seen', text: `From the MDM server’s records: ${facts.join(', ')}.` });
}

function withBuild(build: string | undefined): string {
  return build === undefined ? '' : ` (${build})`;
}

function addEvent(entries: TimelineEntry[], event: EnrollmentEvent, wire: Exchanges): void {
  const { body, observedAt } = event;
  if (body.kind === 'named' && body.records !== undefined) addRecords(entries, observedAt, body.records);
  // Activations and subscriptions come with every sync; what a person follows is the date.
  if (body.kind === 'ddm-answer' && body.endpoint === 'declaration' && body.identifier.startsWith('ratchet.enforcement.'))
    entries.push({ at: observedAt, kind: 'declaration', text: `Fetched ${body.identifier}.`, ...wire.declaration(body.identifier) });
  if (body.kind === 'ddm-refused')
    entries.push({
      at: observedAt,
      kind: 'declaration',
      text: `Was refused ${body.identifier}: it had lost its notice or was taken back.`,
    });
  if (body.kind === 'foreign-update') entries.push({ at: observedAt, kind: 'declaration', text: foreignWords(body), ...wire.heard(event) });
  if (body.kind === 'ddm-uninvited')
    entries.push({
      at: observedAt,
      kind: 'declaration',
      text: `Asked for ${body.endpoint} without having been sent a DeclarativeManagement command.`,
      ...wire.heard(event),
    });
}

function addCommand(entries: TimelineEntry[], after: OutboxEntry, before: OutboxEntry | undefined, now: number, wire: Exchanges): void {
  if (before === undefined || before === after) return;
  const name = `${nameOf(after)} (${after.commandUuid})`;
  if (after.state === 'answered' && before.state !== 'answered') {
    const chain = after.errorChain?.map((error) => `${error.domain} ${error.code}: ${error.description}`).join('; ');
    entries.push({
      at: after.endedAt ?? now,
      kind: 'command',
      text: `${name} answered ${after.answer}${resultsOf(after)}${chain ? `: ${chain}` : ''}${lateness(after)}.`,
      ...wire.answer(after.commandUuid),
    });
  } else if (after.notNowCount > before.notNowCount) {
    entries.push({
      at: after.notNowAt ?? now,
      kind: 'command',
      text: `${name} answered NotNow (${after.notNowCount}).`,
      ...wire.answer(after.commandUuid),
    });
  } else if (after.state !== before.state) {
    entries.push({ at: now, kind: 'command', text: `${name} is ${after.state}${after.lastError ? `: ${after.lastError}` : ''}.` });
  }
}

function nameOf({ requestType, update }: OutboxEntry): string {
  return update ? `${requestType} ${update.action} ${update.release}` : requestType;
}

function resultsOf({ updateResults }: OutboxEntry): string {
  return (updateResults ?? []).map((result) => `, ${result.installAction || 'no action'} ${result.status || 'without status'}`).join('');
}

/** The server kept it until the device came: it can't be taken back from there (rule 25). */
function lateness(entry: OutboxEntry): string {
  return isLate(entry) ? ', after its window had closed' : '';
}

/** What others began to tell it, and what they tell it no more. That it fetched theirs has been said. */
function addConflicts(entries: TimelineEntry[], { decision, previous, now }: TimelineInput): void {
  const was = previous?.conflicts ?? [];
  const is = decision.conflicts ?? [];
  const isAmong = (some: readonly Conflict[], one: Conflict) =>
    some.some(({ kind, identifier }) => kind === one.kind && identifier === one.identifier);
  for (const begun of is.filter((one) => !isAmong(was, one)))
    if (begun.whose === undefined || begun.kind === 'deferral' || begun.kind === 'profile')
      entries.push({ at: now, kind: 'decision', text: sentenceOf(begun) });
  for (const over of was.filter((one) => !isAmong(is, one)))
    entries.push({ at: now, kind: 'decision', text: `No more: ${sentenceOf(over)}` });
}

function addHandOut(entries: TimelineEntry[], { decision, previous, now }: TimelineInput, wire: Exchanges): void {
  if (decision.channel === 'commands') {
    const at = decision.enforcement?.local;
    if (at !== undefined && decision.memory.order !== undefined && at !== previous?.enforcement?.local)
      entries.push({
        at: now,
        kind: 'decision',
        text: `Install commands for ${decision.enforcement?.release} are sent from ${at} device time on.`,
      });
    return;
  }
  const is = decision.isHandedOut ? decision.enforcement : undefined;
  const was = previous?.isHandedOut ? previous.enforcement : undefined;
  if (is?.identifier === was?.identifier) return;
  if (is) {
    const why = is.adjustments.map((adjustment) => adjustment.by).join(', ');
    entries.push({
      at: now,
      kind: 'declaration',
      text: `Ready to fetch: ${is.release} enforced at ${is.local} device time${why ? ` (later than ${is.ledgerLocal} by ${why})` : ''}.`,
      ...wire.declaration(is.identifier),
    });
  } else if (was) {
    entries.push({ at: now, kind: 'declaration', text: `Taken back: ${was.release} at ${was.local}.` });
  }
}
