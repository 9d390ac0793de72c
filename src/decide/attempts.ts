import { isEnded, isLate, type OutboxEntry, type UpdateAsked } from '../delivery/outbox-entry.ts';
import { type EnrollmentState, known, knownExtra, observedWhen } from '../enrollment/state.ts';
import { meaningOfErrors, meaningOfResult, type UpdateMeaning } from '../mdm/update-errors.ts';
import { platformOf } from '../os/platform.ts';
import { installsInTwoSteps, takesOsUpdateStatus } from '../os/update-commands.ts';
import { parseVersion, type VersionText } from '../os/version.ts';
import { DAY_MS, type Instant, MINUTE_MS } from '../time/local.ts';
import type { Attempt, AttemptOutcome } from './attempt.types.ts';
import { type CommandProgress, commandProgressOf } from './command-progress.ts';
import { listedAs } from './own-list.ts';
import { isAtLeast } from './versions.ts';

/** A status told sooner after an acknowledgement does not show that nothing follows. */
const NO_EFFECT_AFTER_MS = 30 * MINUTE_MS;
/** An attempt of which nothing was heard any more is given up after this. */
const OPEN_MAX_MS = 30 * DAY_MS;
/** A download that is there may wait this long for its date. */
const DOWNLOADED_OPEN_MAX_MS = 400 * DAY_MS;

const STAGES: readonly CommandProgress['stage'][] = ['unknown', 'idle', 'downloading', 'downloaded', 'scheduled', 'installing'];

export interface AttemptsInput {
  enrollment: EnrollmentState;
  /** Commands of the enrollment as they are now. */
  commands: readonly OutboxEntry[];
  /** Those of them that this commit adds or changes. */
  touched: readonly OutboxEntry[];
  /** Attempts as stored that are not settled. */
  stored: readonly Attempt[];
  now: Instant;
}

/** The records of ScheduleOSUpdate commands that are new or say something else now; for the commit that makes them so. */
export function attemptsOf(input: AttemptsInput): Attempt[] {
  const { stored, touched } = input;
  const isTouched = new Set(touched.map(({ commandUuid }) => commandUuid));
  if (stored.length === 0 && !touched.some(({ update }) => update)) return [];
  const entries = new Map(input.commands.flatMap((entry) => (entry.update ? [[entry.commandUuid, entry] as const] : [])));
  const before = new Map(stored.map((attempt) => [attempt.commandUuid, attempt]));
  // Those that are settled count only as what followed an earlier one.
  const all = new Map(before);
  for (const [uuid, entry] of entries) all.set(uuid, recordOf(entry, entry.update as UpdateAsked, before.get(uuid), input.enrollment));
  const inOrder = [...all.values()].sort((a, b) => a.decidedAt - b.decidedAt || (a.commandUuid < b.commandUuid ? -1 : 1));
  const context = contextOf(input, inOrder.at(-1)?.toVersion);
  return inOrder.flatMap((attempt, index) => {
    const { commandUuid } = attempt;
    const was = before.get(commandUuid);
    if (was === undefined && !isTouched.has(commandUuid)) return [];
    const next = inOrder.slice(index + 1).find(({ sentAt }) => sentAt !== undefined);
    const is = judge(attempt, entries.get(commandUuid), next, context);
    return was !== undefined && JSON.stringify(is) === JSON.stringify(was) ? [] : [is];
  });
}

/** What is told of the command itself. Always in this order of keys: two records are compared as text. */
function recordOf(entry: OutboxEntry, update: UpdateAsked, was: Attempt | undefined, enrollment: EnrollmentState): Attempt {
  const { device } = update;
  const results = entry.updateResults ?? [];
  const meaning = meaningOf(entry);
  const reason = meaning?.kind === 'reason' ? meaning.reason : undefined;
  const error = entry.errorChain?.at(-1) ?? results.flatMap(({ errorChain }) => errorChain ?? []).at(-1);
  // An answer proves that a command was neither lost nor unsent, however late it comes.
  const held = was?.outcome === 'lost' || was?.outcome === 'never-sent' ? undefined : was;
  return {
    commandUuid: entry.commandUuid,
    enrollmentId: entry.enrollmentId,
    serialNumber: was?.serialNumber ?? known(enrollment, 'serialNumber'),
    model: device.productName,
    fromVersion: device.fromVersion,
    fromBuild: device.fromBuild,
    release: update.release,
    toVersion: update.version,
    action: update.action,
    actionAnswered: joined(results.map(({ installAction }) => installAction)),
    attempt: entry.attempt,
    decidedAt: entry.createdAt,
    sentAt: wasSent(entry) ? (entry.enqueuedAt ?? entry.leasedAt ?? entry.endedAt) : undefined,
    answeredAt: entry.state === 'answered' ? entry.endedAt : undefined,
    availableDeviceCapacity: device.availableDeviceCapacity,
    batteryLevel: device.batteryLevel,
    passcodePresent: device.passcodePresent,
    power: reason === 'insufficient-power' ? 'insufficient' : undefined,
    network: reason === 'insufficient-network' ? 'insufficient' : undefined,
    notNowCount: entry.notNowCount,
    answer: entry.answer,
    updateStatus: joined(results.map(({ status }) => status)),
    error,
    reason,
    isLate: isLate(entry),
    stage: was?.stage,
    outcome: held?.outcome ?? 'open',
    outcomeAt: held?.outcomeAt,
    isSettled: false,
  };
}

function joined(texts: readonly string[]): string | undefined {
  return [...new Set(texts.filter((text) => text !== ''))].join(', ') || undefined;
}

/** An entry that ended before the server had it was never sent, however often that was tried. */
function wasSent({ state, enqueuedAt, leasedAt }: OutboxEntry): boolean {
  if (state === 'answered') return true;
  if (state === 'expired' || state === 'superseded' || state === 'refused') return false;
  return enqueuedAt !== undefined || leasedAt !== undefined;
}

/** What the answer says, apart from Acknowledged. */
function meaningOf({ answer, errorChain, updateResults }: OutboxEntry): UpdateMeaning | undefined {
  if (answer !== undefined && answer !== 'Acknowledged') return meaningOfErrors(errorChain);
  const meanings = (updateResults ?? []).map(meaningOfResult);
  return meanings.find((meaning) => meaning?.kind === 'reason') ?? meanings.find((meaning) => meaning !== undefined);
}

interface Context {
  enrollment: EnrollmentState;
  progress: CommandProgress;
  asksStatus: boolean;
  isTwoSteps: boolean;
  now: Instant;
}

function contextOf({ enrollment, commands, now }: AttemptsInput, toVersion: VersionText | undefined): Context {
  const platform = platformOf(known(enrollment, 'productName') ?? known(enrollment, 'model'));
  const asksStatus = takesOsUpdateStatus(platform, versionOf(enrollment));
  const target = parseVersion(toVersion);
  const targetKey = target && listedAs(enrollment, target)?.productKey;
  const progress = commandProgressOf(enrollment, commands, asksStatus, now, targetKey);
  return { enrollment, progress, asksStatus, isTwoSteps: installsInTwoSteps(platform), now };
}

function versionOf(enrollment: EnrollmentState) {
  return parseVersion(known(enrollment, 'osVersion'), knownExtra(enrollment));
}

function judge(record: Attempt, entry: OutboxEntry | undefined, next: Attempt | undefined, context: Context): Attempt {
  const attempt = { ...record, stage: furthest(record, next, context) };
  const found = outcomeOf(attempt, entry, next, context);
  const isSame = found.outcome === record.outcome && record.outcomeAt !== undefined;
  const outcomeAt = found.outcome === 'open' ? undefined : isSame ? record.outcomeAt : found.at;
  const isDone = found.outcome === 'verified' || found.outcome === 'never-sent';
  const isOver = next !== undefined || context.now - attempt.decidedAt > OPEN_MAX_MS;
  const hasEnded = entry === undefined || isEnded(entry);
  return { ...attempt, outcome: found.outcome, outcomeAt, isSettled: hasEnded && found.outcome !== 'open' && (isDone || isOver) };
}

/** What the device told after its answer, until it was sent the next command. */
function furthest({ stage = 'unknown', answeredAt }: Attempt, next: Attempt | undefined, { progress }: Context): Attempt['stage'] {
  const isOfThis = answeredAt !== undefined && next === undefined && progress.observedAt >= answeredAt;
  const told = isOfThis && STAGES.indexOf(progress.stage) > STAGES.indexOf(stage) ? progress.stage : stage;
  return told === 'unknown' ? undefined : told;
}

type Outcome = { outcome: 'open' } | { outcome: Exclude<AttemptOutcome, 'open'>; at: Instant };

function outcomeOf(attempt: Attempt, entry: OutboxEntry | undefined, next: Attempt | undefined, context: Context): Outcome {
  const { sentAt, answeredAt } = attempt;
  const { enrollment, now } = context;
  if (attempt.outcome === 'verified') return { outcome: 'verified', at: attempt.outcomeAt ?? now };
  if (sentAt === undefined) return entry && isEnded(entry) ? { outcome: 'never-sent', at: entry.endedAt ?? now } : { outcome: 'open' };
  const isFollowed = next !== undefined && !isStepBefore(attempt, next);
  const seenAt = observedWhen(enrollment, 'osVersion');
  if (!isFollowed && seenAt >= sentAt && isAtLeast({ version: versionOf(enrollment) }, attempt.toVersion))
    return { outcome: 'verified', at: seenAt };
  if (answeredAt === undefined) return entry?.state === 'lost' ? { outcome: 'lost', at: entry.endedAt ?? now } : unchanged(attempt);
  if (isError(attempt, entry)) return ofError(attempt, isFollowed ? next : undefined, context);
  if (enrollment.generation > answeredAt) return { outcome: 'lost', at: enrollment.generation };
  return ofTaken(attempt, isFollowed ? next : undefined, context);
}

/** Its entry is no longer kept: what was known of it stays. */
function unchanged({ outcome, outcomeAt = 0 }: Attempt): Outcome {
  return outcome === 'open' ? { outcome } : { outcome, at: outcomeAt };
}

/** The download that the next command installs: it has done what it was for. */
function isStepBefore(attempt: Attempt, next: Attempt): boolean {
  const isDownload = attempt.action === 'DownloadOnly' || attempt.action === 'Default';
  return isDownload && next.action !== 'DownloadOnly' && next.release === attempt.release && isAtLeastStage(attempt, 'downloaded');
}

function isAtLeastStage({ stage = 'unknown' }: Attempt, least: CommandProgress['stage']): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(least);
}

/** An answer that speaks against it; without its entry, the reason it left in the record. */
function isError({ answer, reason }: Attempt, entry: OutboxEntry | undefined): boolean {
  if (reason !== undefined) return true;
  if (answer === 'Acknowledged') return false;
  const kind = entry && meaningOf(entry)?.kind;
  return kind !== 'downloading' && kind !== 'downloaded' && kind !== 'installing';
}

/** iOS 11.4 answers Error and downloads all the same: no failure before the status was asked (known bugs). */
function ofError(attempt: Attempt, next: Attempt | undefined, { progress, asksStatus, now }: Context): Outcome {
  const answeredAt = attempt.answeredAt ?? now;
  if (next) return { outcome: 'failed', at: next.decidedAt };
  if (isAtLeastStage(attempt, 'downloading') && now - answeredAt < OPEN_MAX_MS) return { outcome: 'open' };
  if (!asksStatus) return { outcome: 'failed', at: answeredAt };
  if (progress.statusAnsweredAt > answeredAt) return { outcome: 'failed', at: progress.statusAnsweredAt };
  return now - answeredAt < OPEN_MAX_MS ? unchanged(attempt) : { outcome: 'failed', at: now };
}

function ofTaken(attempt: Attempt, next: Attempt | undefined, { progress, isTwoSteps, now }: Context): Outcome {
  const answeredAt = attempt.answeredAt ?? now;
  if (next) return { outcome: 'no-effect', at: next.decidedAt };
  // What was there already when it was to be installed is no effect of the command.
  const hasEffect = isAtLeastStage(attempt, isTwoSteps && attempt.action === 'InstallASAP' ? 'scheduled' : 'downloading');
  const maxMs = isAtLeastStage(attempt, 'downloaded') && attempt.action === 'DownloadOnly' ? DOWNLOADED_OPEN_MAX_MS : OPEN_MAX_MS;
  if (now - answeredAt >= maxMs) return { outcome: 'no-effect', at: answeredAt + maxMs };
  // Whether its user took any notice can't be told.
  if (hasEffect || attempt.action === 'NotifyOnly') return { outcome: 'open' };
  if (progress.statusAnsweredAt >= answeredAt + NO_EFFECT_AFTER_MS) return { outcome: 'no-effect', at: progress.statusAnsweredAt };
  return unchanged(attempt);
}
