import type { OutboxEntry } from '../delivery/outbox-entry.ts';
import { lastCommand } from '../delivery/wanted.ts';
import { type EnrollmentState, known, observedWhen } from '../enrollment/state.ts';
import type { MdmError, UpdateResult, UpdateStatus } from '../mdm/messages.ts';
import { meaningOfErrors, meaningOfResult, type UpdateMeaning } from '../mdm/update-errors.ts';
import type { ReasonName } from '../reasons/reasons.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import { rfc3339 } from '../time/rfc3339.ts';

/** Where a device stands with an update by command, as far as it told anybody. */
export interface CommandProgress {
  stage: 'unknown' | 'idle' | 'downloading' | 'downloaded' | 'scheduled' | 'installing';
  /** Of the stage; 0 when unknown. */
  observedAt: Instant;
  /** What an answer said against it, and nothing told since speaks of progress. */
  failure?: { reason: ReasonName; at: Instant; evidence: Record<string, unknown> };
  /** When OSUpdateStatus was last answered, an error included. */
  statusAnsweredAt: Instant;
  /** When it last told that nothing is going on, if that is the last it told. */
  nothingGoesOnAt: Instant;
}

/** What was told longer ago no longer says where the device is. */
const STAGE_MAX_MS = DAY_MS;

interface Told {
  at: Instant;
  stage: CommandProgress['stage'];
  failure?: { reason: ReasonName; evidence: Record<string, unknown> };
}

/**
 * The newest of what OSUpdateStatus, UpdateResults and errors say. An acknowledgement says nothing, and an error is no
 * failure before the status has been asked: iOS 11.4 answers Error and downloads all the same. `targetKey` is the
 * ProductKey under which the device lists its target, where it does.
 */
export function commandProgressOf(
  enrollment: EnrollmentState,
  commands: readonly OutboxEntry[],
  asksStatus: boolean,
  now: Instant,
  targetKey?: string,
): CommandProgress {
  const status = toldByStatus(enrollment, targetKey);
  // The last that was answered: one on its way says nothing yet.
  const answered = commands.filter((entry) => entry.state === 'answered');
  const schedule = lastCommand(answered, 'ScheduleOSUpdate', enrollment.generation);
  const question = lastCommand(answered, 'OSUpdateStatus', enrollment.generation);
  const answer = newest(toldByResults(enrollment), toldByError(schedule));
  const statusAnsweredAt = Math.max(status?.at ?? 0, question?.endedAt ?? 0);
  const last = newest(status, answer);
  // That the download is there says nothing against an installation that failed.
  const isNews = status !== undefined && status.stage !== 'idle' && !(status.stage === 'downloaded' && schedule?.update?.isInstall);
  const showsProgress = isNews && status.at > (answer?.at ?? 0);
  // Who answers the question itself with an error will not say more.
  const isRefused = question !== undefined && question.answer !== 'Acknowledged' && (question.endedAt ?? 0) > (status?.at ?? 0);
  const isAsked = !asksStatus || isRefused || statusAnsweredAt > (answer?.at ?? 0) || isRepeated(answered, enrollment.generation);
  return {
    stage: last === undefined || now - last.at > STAGE_MAX_MS ? 'unknown' : last.stage,
    observedAt: last?.at ?? 0,
    ...(answer?.failure && !showsProgress && isAsked ? { failure: { ...answer.failure, at: answer.at } } : {}),
    statusAnsweredAt,
    nothingGoesOnAt: status && (status.stage === 'idle' || status.stage === 'downloaded') ? status.at : 0,
  };
}

/** The last two commands failed alike: between them the status had its say. */
function isRepeated(answered: readonly OutboxEntry[], generation: Instant): boolean {
  const last = lastCommand(answered, 'ScheduleOSUpdate', generation);
  const before = lastCommand(
    answered.filter((entry) => entry !== last),
    'ScheduleOSUpdate',
    generation,
  );
  const reason = last && failureOf(last);
  return reason !== undefined && before !== undefined && failureOf(before) === reason;
}

function failureOf(entry: OutboxEntry): ReasonName | undefined {
  return (toldBy(entry.updateResults ?? [], entry.endedAt ?? 0) ?? toldByError(entry))?.failure?.reason;
}

function newest(a: Told | undefined, b: Told | undefined): Told | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.at >= b.at ? a : b;
}

function toldByStatus(enrollment: EnrollmentState, targetKey: string | undefined): Told | undefined {
  const items = known(enrollment, 'updateStatuses');
  const at = observedWhen(enrollment, 'updateStatuses');
  return items && { at, stage: stageOf(items, targetKey, at) };
}

/** The furthest of them: whichever is installing, nothing else may be started beside it. */
function stageOf(items: readonly UpdateStatus[], targetKey: string | undefined, at: Instant): CommandProgress['stage'] {
  if (items.some(({ status }) => status === 'Installing')) return 'installing';
  if (items.some(({ nextScheduledInstall }) => nextScheduledInstall !== undefined && isToCome(nextScheduledInstall, at)))
    return 'scheduled';
  if (items.some(({ status }) => status === 'Downloading')) return 'downloading';
  // What it fetched before a newer release came out is not what is to be installed.
  const isMeant = ({ productKey }: UpdateStatus) => targetKey === undefined || productKey === targetKey;
  return items.some((item) => item.isDownloaded && isMeant(item)) ? 'downloaded' : 'idle';
}

/** A Mac keeps telling the night that has passed and brought nothing. The year 1 stands for none. */
function isToCome(scheduled: string, at: Instant): boolean {
  return !/^\d{4}-\d\d-\d\dT/.test(scheduled) || scheduled > rfc3339(at - DAY_MS);
}

function toldByResults(enrollment: EnrollmentState): Told | undefined {
  return toldBy(known(enrollment, 'updateResults') ?? [], observedWhen(enrollment, 'updateResults'));
}

function toldBy(results: readonly UpdateResult[], at: Instant): Told | undefined {
  if (results.length === 0) return undefined;
  const meanings = results.map((result) => ({ result, meaning: meaningOfResult(result) }));
  const failed = meanings.find(({ meaning }) => meaning?.kind === 'reason');
  if (failed?.meaning?.kind === 'reason')
    return { at, stage: 'idle', failure: { reason: failed.meaning.reason, evidence: { ...failed.result } } };
  return { at, stage: meanings.map(({ meaning }) => stageMeant(meaning)).find((stage) => stage !== 'idle') ?? 'idle' };
}

function toldByError(schedule: OutboxEntry | undefined): Told | undefined {
  if (schedule === undefined || schedule.answer === 'Acknowledged') return undefined;
  const at = schedule.endedAt ?? 0;
  const meaning = meaningOfErrors(schedule.errorChain);
  const evidence = { answer: schedule.answer, ...firstError(schedule.errorChain) };
  if (meaning === undefined) return { at, stage: 'idle', failure: { reason: 'install-failed', evidence } };
  if (meaning.kind === 'reason') return { at, stage: 'idle', failure: { reason: meaning.reason, evidence } };
  if (meaning.kind === 'up-to-date') return { at, stage: 'idle', failure: { reason: 'update-not-listed', evidence } };
  return { at, stage: stageMeant(meaning) };
}

function stageMeant(meaning: UpdateMeaning | undefined): CommandProgress['stage'] {
  switch (meaning?.kind) {
    case 'downloading':
    case 'downloaded':
    case 'installing':
      return meaning.kind;
    default:
      return 'idle';
  }
}

function firstError(chain: readonly MdmError[] | undefined): Record<string, unknown> {
  const last = chain?.at(-1);
  return last ? { domain: last.domain, code: last.code, description: last.description } : {};
}
