import { lastCommand } from '../delivery/wanted.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import type { ReasonName } from '../reasons/reasons.ts';
import { DAY_MS, HOUR_MS } from '../time/local.ts';
import type { Memory } from './input.ts';
import type { Enforcement } from './manifest.ts';
import { isWithDevice } from './situation.ts';
import type { Situation } from './situation.types.ts';

/**
 * Progress is the device's, as it reports it. These checks only name where it stands: the enforcement is
 * handed out whatever they say.
 */
export interface ProgressCheck {
  name: string;
  run(
    situation: Situation,
    desired: Enforcement | undefined,
    memory: Memory,
  ): { reason: ReasonName; evidence: Record<string, unknown> } | undefined;
}

/** Not heard from for this long: someone should look. */
export const NOT_SEEN_MS = 3 * DAY_MS;
/** A date is past by this much, the device was seen since, and nothing moves. */
const OVERDUE_MS = 2 * HOUR_MS;

export const STAGES: readonly ProgressCheck[] = [
  { name: 'is not silent past its date', run: isNotSilent },
  { name: 'declarative management was tried with one device', run: isWiringTried },
  { name: 'is not installing', run: isInstalling },
  { name: 'was heard from lately', run: isSeen },
  { name: 'its date is placed where it fetches it', run: isDatePlaced },
  { name: 'took the DeclarativeManagement command', run: tookCommand },
  { name: 'fetched the declaration', run: hasFetched },
  { name: 'says the declaration is valid', run: isDeclarationValid },
  { name: 'reports no failure', run: hasNoFailure },
  { name: 'is not downloading', run: isDownloading },
  { name: 'is not overdue', run: isNotOverdue },
  { name: 'is not prepared', run: isPrepared },
  { name: 'its date is to come', run: isDateToCome },
];

export function isNotSilent(
  { enrollment }: Situation,
  _desired: Enforcement | undefined,
  memory: Memory,
): ReturnType<ProgressCheck['run']> {
  if (!memory.silent) return undefined;
  return { reason: 'not-seen', evidence: { lastSeenAt: enrollment.lastSeenAt, silentPast: memory.silent.local } };
}

function isWiringTried({ input, enrollment }: Situation): ReturnType<ProgressCheck['run']> {
  if (input.site.dmReached || input.site.first === undefined || input.site.first.enrollmentId === enrollment.id) return undefined;
  return { reason: 'awaiting-first-device', evidence: { first: input.site.first.enrollmentId, since: input.site.first.since } };
}

/** Only a report that is newer than our declaration's fetch speaks of our declaration. */
function isInstalling(situation: Situation): ReturnType<ProgressCheck['run']> {
  if (!situation.hasStarted) return undefined;
  return { reason: 'installing', evidence: { observedAt: observedWhen(situation.enrollment, 'installState') } };
}

export function isSeen(situation: Situation): ReturnType<ProgressCheck['run']> {
  const { enrollment, now } = situation;
  if (now - enrollment.lastSeenAt < NOT_SEEN_MS && enrollment.pushGoneAt <= enrollment.lastSeenAt) return undefined;
  return {
    reason: 'not-seen',
    evidence: {
      lastSeenAt: enrollment.lastSeenAt,
      ...(enrollment.pushGoneAt > enrollment.lastSeenAt ? { pushService: 'Unregistered' } : {}),
      ...(lacksPushToken(situation) ? { pushToken: 'missing' } : {}),
    },
  };
}

/** Nobody can wake it: what waits for it goes out when it comes by itself. A TokenUpdate brings the token. */
export function lacksPushToken({ input, enrollment }: Situation): ReturnType<ProgressCheck['run']> {
  const { noTokenAt } = input.push;
  if (noTokenAt === undefined || noTokenAt <= enrollment.tokenUpdateAt) return undefined;
  return { reason: 'push-token-missing', evidence: { toldAt: noTokenAt, lastSeenAt: enrollment.lastSeenAt } };
}

function isDatePlaced({ input }: Situation, desired: Enforcement | undefined): ReturnType<ProgressCheck['run']> {
  const { placing, placement } = input;
  if (placing === undefined || desired === undefined || placement?.identifiers.includes(desired.identifier)) return undefined;
  const problem = placing.problem ?? placement?.problem;
  return { reason: 'declarations-not-placed', evidence: { date: desired.local, ...(problem === undefined ? {} : { problem }) } };
}

function tookCommand({ input, enrollment }: Situation): ReturnType<ProgressCheck['run']> {
  const command = lastCommand(input.commands, 'DeclarativeManagement', enrollment.generation);
  if (command === undefined) return undefined;
  if (command.state === 'refused')
    return { reason: 'declarations-refused', evidence: { commandUuid: command.commandUuid, error: command.lastError } };
  if (command.state !== 'answered' || command.answer === 'Acknowledged') return undefined;
  return {
    reason: 'declarations-refused',
    evidence: { commandUuid: command.commandUuid, answer: command.answer, errorChain: command.errorChain },
  };
}

function hasFetched(situation: Situation, desired: Enforcement | undefined): ReturnType<ProgressCheck['run']> {
  const { enrollment, input } = situation;
  if (desired !== undefined && isWithDevice(situation, desired.identifier)) return undefined;
  const command = lastCommand(input.commands, 'DeclarativeManagement', enrollment.generation);
  const tokenless = lacksPushToken(situation);
  return {
    reason: tokenless?.reason ?? 'awaiting-sync',
    evidence: {
      command: command?.state ?? 'not sent yet',
      ...(command && command.notNowCount > 0 ? { notNow: command.notNowCount } : {}),
      ...(command?.lastError ? { lastError: command.lastError } : {}),
      ...tokenless?.evidence,
    },
  };
}

function isDeclarationValid({ enrollment }: Situation, desired: Enforcement | undefined): ReturnType<ProgressCheck['run']> {
  const status = desired && enrollment.declarations[desired.identifier];
  if (status === undefined || status.value.valid !== 'invalid') return undefined;
  return { reason: 'declaration-invalid', evidence: { reasons: status.value.reasons, observedAt: status.observedAt } };
}

/** `failure-reason.reason` is free text of the device's NSError: classified by what is found in it, shown as it came. */
const FAILURES: readonly { pattern: RegExp; reason: ReasonName }[] = [
  { pattern: /SUMacController\w*\D*7507|bootstrap\s*token/i, reason: 'bootstrap-token-suspected' },
  { pattern: /disk space|insufficient\s*space|not enough (free )?space|storage/i, reason: 'insufficient-space' },
  { pattern: /battery|insufficient\s*power|ac power|charg/i, reason: 'insufficient-power' },
  { pattern: /network|internet|offline|connection/i, reason: 'insufficient-network' },
];

export function classifyFailure(text: string | undefined): ReasonName {
  return FAILURES.find(({ pattern }) => pattern.test(text ?? ''))?.reason ?? 'install-failed';
}

/** A failure stands until the device reports a later stage: it tries again by itself. */
function hasNoFailure({ enrollment }: Situation): ReturnType<ProgressCheck['run']> {
  const failure = enrollment.facts.failureReason;
  const state = enrollment.facts.installState;
  if (failure === undefined || failure.value.count === 0) return undefined;
  const movedOn =
    state !== undefined && state.observedAt > failure.observedAt && (state.value === 'downloading' || state.value === 'prepared');
  if (movedOn) return undefined;
  return { reason: classifyFailure(failure.value.reason), evidence: { ...failure.value, observedAt: failure.observedAt } };
}

function isDownloading({ enrollment }: Situation): ReturnType<ProgressCheck['run']> {
  if (known(enrollment, 'installState') !== 'downloading') return undefined;
  return { reason: 'downloading', evidence: { since: observedWhen(enrollment, 'installState') } };
}

function isNotOverdue({ enrollment, now }: Situation, desired: Enforcement | undefined): ReturnType<ProgressCheck['run']> {
  if (desired === undefined || now < desired.latestAt + OVERDUE_MS || enrollment.lastSeenAt < desired.latestAt) return undefined;
  return {
    reason: 'overdue',
    evidence: { date: desired.local, installState: known(enrollment, 'installState') ?? 'not reported', lastSeenAt: enrollment.lastSeenAt },
  };
}

function isPrepared({ enrollment }: Situation, desired: Enforcement | undefined): ReturnType<ProgressCheck['run']> {
  if (known(enrollment, 'installState') !== 'prepared') return undefined;
  return { reason: 'prepared', evidence: { date: desired?.local, since: observedWhen(enrollment, 'installState') } };
}

function isDateToCome({ enrollment }: Situation, desired: Enforcement | undefined): ReturnType<ProgressCheck['run']> {
  return {
    reason: 'waiting-for-date',
    evidence: { date: desired?.local, installState: known(enrollment, 'installState') ?? 'not reported' },
  };
}
