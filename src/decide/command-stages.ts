import { isInstall } from '../delivery/outbox-entry.ts';
import { lastCommand } from '../delivery/wanted.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import { meaningOfErrors } from '../mdm/update-errors.ts';
import { knownBugsOf } from '../os/known-bugs.ts';
import { installsInTwoSteps } from '../os/update-commands.ts';
import { HOUR_MS } from '../time/local.ts';
import { openingNow } from './blackouts.ts';
import { BATTERY_LOW } from './checks.ts';
import type { Order } from './manifest.ts';
import { isNotSilent, isSeen, lacksPushToken, type ProgressCheck } from './progress.ts';
import { rampOf } from './ramp.ts';
import type { Situation } from './situation.types.ts';
import { foreignInstall, missesListing, sentFor, unansweredInstall } from './want-update.ts';

/** Install commands taken without any effect, after which nobody expects the next one to do better. */
const FRUITLESS_MAX = 3;

/** Devices that come round ignore it once or twice. */
const IGNORED_MIN = 3;

/** Where a device stands that is updated by commands; the first that applies names it. */
export const COMMAND_STAGES: readonly ProgressCheck[] = [
  { name: 'is not silent past its date', run: isNotSilent },
  { name: 'is not installing', run: isInstalling },
  { name: 'was heard from lately', run: isSeen },
  { name: 'lists the update itself where that is needed', run: isListed },
  { name: 'reports no failure', run: hasNoFailure },
  { name: 'is not downloading', run: isDownloading },
  { name: 'has not reached its date', run: isBeforeDate },
  { name: 'had power when it last told', run: hadPower },
  { name: 'no install command of another tool is open', run: isNobodyElses },
  { name: 'was sent the command', run: isCommanded },
  { name: 'its OS is not known for ignoring the command', run: hasNoBug },
  { name: 'needs nobody at its passcode', run: needsNobody },
  { name: 'the command had an effect', run: hasEffect },
  { name: 'the last word is open', run: isCommandedOnly },
];

type Found = ReturnType<ProgressCheck['run']>;

function orderOf(desired: unknown): Order | undefined {
  return desired as Order | undefined;
}

function isInstalling({ commandProgress, hasStarted }: Situation): Found {
  if (!hasStarted || commandProgress === undefined) return undefined;
  return { reason: 'installing', evidence: { observedAt: commandProgress.observedAt } };
}

function isListed(situation: Situation, desired: unknown): Found {
  const order = orderOf(desired);
  const missing = order && missesListing(situation, order);
  if (missing === undefined) return undefined;
  const refusal = refusedListing(situation);
  if (refusal) return refusal;
  const listed = (known(situation.enrollment, 'availableUpdates') ?? []).map((item) => item.version ?? item.productKey);
  return missing === 'not-asked'
    ? { reason: 'waiting-for-list', evidence: {} }
    : notListed(situation, order, { wanted: order?.version, listed });
}

/** Apple may not have offered it to anybody yet: then nobody has to look. */
function notListed(situation: Situation, order: Order | undefined, evidence: Record<string, unknown>): Found {
  const ramp = rampOf(situation, order?.release);
  if (ramp) return { reason: 'ramped-by-apple', evidence: { ...ramp, ...evidence } };
  const deferral = situation.enrollment.facts.deferral;
  if (!deferral?.value.isForced) return { reason: 'update-not-listed', evidence };
  const { days, profiles } = deferral.value;
  return { reason: 'update-deferred', evidence: { days, profiles, toldAt: deferral.observedAt, ...evidence } };
}

/** It would not tell its list at all. */
function refusedListing({ input, enrollment }: Situation): Found {
  const answered = input.commands.filter((entry) => entry.state === 'answered');
  const asked = lastCommand(answered, 'AvailableOSUpdates', enrollment.generation);
  const meaning = meaningOfErrors(asked?.errorChain);
  if (meaning?.kind !== 'reason') return undefined;
  return { reason: meaning.reason, evidence: { answer: asked?.answer, errorChain: asked?.errorChain } };
}

function hasNoFailure(situation: Situation, desired: unknown): Found {
  const failure = situation.commandProgress?.failure;
  if (failure === undefined) return undefined;
  const evidence = { ...failure.evidence, observedAt: failure.at };
  return failure.reason === 'update-not-listed' ? notListed(situation, orderOf(desired), evidence) : { reason: failure.reason, evidence };
}

function isDownloading({ commandProgress }: Situation): Found {
  if (commandProgress?.stage !== 'downloading') return undefined;
  return { reason: 'downloading', evidence: { since: commandProgress.observedAt } };
}

function isBeforeDate({ commandProgress, now }: Situation, desired: unknown): Found {
  const order = orderOf(desired);
  if (order === undefined || now >= order.latestAt) return undefined;
  const isThere = commandProgress?.stage === 'downloaded' || commandProgress?.stage === 'scheduled';
  return { reason: isThere ? 'prepared' : 'waiting-for-date', evidence: { date: order.local } };
}

/** A level read just before the command stops it (a check before this list); an older one says why nothing was sent. */
const BATTERY_TOLD_MS = 26 * HOUR_MS;

function hadPower({ enrollment, now, platform }: Situation): Found {
  const level = known(enrollment, 'batteryLevel');
  const at = observedWhen(enrollment, 'batteryLevel');
  if (level === undefined || level >= BATTERY_LOW || now - at >= BATTERY_TOLD_MS || platform === 'tvOS') return undefined;
  return { reason: 'insufficient-power', evidence: { batteryLevel: level, observedAt: at } };
}

function isNobodyElses(situation: Situation): Found {
  const theirs = foreignInstall(situation);
  if (theirs === undefined) return undefined;
  return { reason: 'foreign-update-command', evidence: { ...theirs } };
}

function isCommanded(situation: Situation, desired: unknown): Found {
  const order = orderOf(desired);
  if (order && sentFor(situation, order).some((entry) => isInstall(entry) && entry.state === 'answered')) return undefined;
  const { enrollment } = situation;
  const isOpen = openingNow(situation) !== undefined;
  const tokenless = lacksPushToken(situation);
  if (tokenless) return { ...tokenless, evidence: { isOpen, ...tokenless.evidence } };
  const before = unansweredInstall(situation);
  const awaits = before && { awaitsStatusAfter: { release: before.update?.release, at: before.leasedAt, state: before.state } };
  return { reason: 'waiting-for-window', evidence: { isOpen, lastSeenAt: enrollment.lastSeenAt, ...awaits } };
}

function needsNobody({ enrollment, platform, commandProgress }: Situation): Found {
  if (!installsInTwoSteps(platform) || known(enrollment, 'passcodePresent') !== true) return undefined;
  return { reason: 'waiting-for-passcode', evidence: { passcodePresent: true, stage: commandProgress?.stage } };
}

function hasNoBug(situation: Situation, desired: unknown): Found {
  const bug = knownBugsOf(situation.platform, situation.version)[0];
  if (bug === undefined || situation.commandProgress?.stage === 'downloaded') return undefined;
  if (fruitless(situation, orderOf(desired)) < IGNORED_MIN) return undefined;
  return { reason: 'known-bug', evidence: { bug: bug.id, effect: bug.effect } };
}

function hasEffect(situation: Situation, desired: unknown): Found {
  const count = fruitless(situation, orderOf(desired));
  if (count < FRUITLESS_MAX) return undefined;
  return { reason: 'overdue', evidence: { commands: count, stage: situation.commandProgress?.stage } };
}

function isCommandedOnly({ commandProgress }: Situation): Found {
  return { reason: 'update-commanded', evidence: { stage: commandProgress?.stage ?? 'not reported' } };
}

/** Install commands that were answered and after which the device said that nothing is in progress. */
function fruitless(situation: Situation, order: Order | undefined): number {
  if (order === undefined || situation.commandProgress?.stage === 'installing') return 0;
  return sentFor(situation, order).filter((entry) => isInstall(entry) && entry.state === 'answered').length;
}
