import type { DeclarationSet } from '../ddm/declaration.types.ts';
import { buildDeclarations, ENFORCEMENT_TYPE } from '../ddm/declarations.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import { noticeOf } from '../policy/notice.ts';
import type { ReasonName } from '../reasons/reasons.ts';
import type { Offer, ReleaseKey } from '../releases/catalogue.types.ts';
import type { RolloutDemand, RolloutDevice } from '../rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS, type Instant, type LocalDateTime } from '../time/local.ts';
import { type BlackoutSpan, blackoutHeldInto, nextBlackoutChange } from './blackouts.ts';
import type { DeviceChannel } from './channel.ts';
import { invitedAt, isOrderedBack, takesPart } from './checks.ts';
import { COMMAND_STAGES } from './command-stages.ts';
import type { Conflict } from './conflict.types.ts';
import { conflictsOf, conflictsSince } from './conflicts.ts';
import { isBarred, isOnAllowedDay } from './dating.ts';
import { onClock } from './device-clock.ts';
import type { DecideInput, Memory, OfferedTo } from './input.ts';
import { lastingFor, type SettingsStanding, settingsStanding } from './lasting-declarations.ts';
import { isLeaving, mayHoldOurs } from './leaving.ts';
import { countedOf, nextTurn, nextTurnAt } from './load.ts';
import type { Counted } from './load.types.ts';
import type { Enforcement, Manifest, Order } from './manifest.ts';
import { ALWAYS, NEVER, nextManifest } from './next-manifest.ts';
import { outlineFor } from './outline.ts';
import { exemptUntil } from './overrides.ts';
import { handedUntil, placingAllowance } from './placing-checks.ts';
import { NOT_SEEN_MS, type ProgressCheck, STAGES } from './progress.ts';
import { newlyOffered } from './ramp.ts';
import { tellsUntilOf } from './read-back.ts';
import { asExpedited, demandOf } from './rings.ts';
import { rolloutStandingOf } from './rollout-device.ts';
import { missesExploitedFix } from './severity.ts';
import { isWithDevice } from './situation.ts';
import type { Situation } from './situation.types.ts';
import { mayStillHave, newestWanted } from './target.ts';
import { wantsOf } from './wants.ts';
import type { Wants } from './wants.types.ts';

/** One device, one decision: its reason, what it rests on, and what is to be done. */
export interface Decision {
  reason: ReasonName;
  /** Name of the check that decided. */
  check: string;
  evidence: Record<string, unknown>;
  decidedAt: Instant;
  policy?: string;
  mode: string;
  /** How it is brought there. */
  channel: DeviceChannel;
  /** The release the device should run. */
  target?: { release: string; version: string; firstSeenAt: Instant };
  /** The ledger's date, and how it came about. */
  deadline?: LedgerLine;
  /** What is (or would be) enforced, with its adjustments. In `observe` it is a forecast and not handed out. */
  enforcement?: Enforcement;
  /** The enforcement is in the manifest the device is answered with. */
  isHandedOut: boolean;
  /** The date the device holds: it fetched it, or could from another server, and is not known to have given it back. Device wall time. */
  holds?: LocalDateTime;
  /** The blackout it may install in, because it still holds that date (rule 16). */
  holdsInto?: Omit<BlackoutSpan, 'leadsAt'>;
  /** What became of the settings of its policy; absent when there are none. */
  settings?: SettingsStanding;
  manifest: Manifest | undefined;
  /** Bodies of the manifest's declarations, for the store. */
  declarations: DeclarationSet['declarations'];
  ledgerLines: LedgerLine[];
  wants: Wants;
  memory: Memory;
  /** It is to be the one device declarative management is tried with first (rule 30). */
  claimsFirst: boolean;
  /** It is the first to want a release: the rollout of that is to begin. */
  demand?: RolloutDemand;
  /** New releases it was offered, and nobody of its model is known to have been. */
  offered?: OfferedTo;
  /** Where it stands in rollouts, as far as that changed. */
  rolloutDevices: readonly RolloutDevice[];
  /** The release whose ring it waits for, whatever it gets meanwhile. */
  waitsForRelease?: ReleaseKey;
  /** It misses a release it could install that fixes something exploited; absent where that can't be told. */
  missesExploitedFix?: boolean;
  /** What others tell it about updates; absent: nothing is known of. */
  conflicts?: Conflict[];
  /** What it takes up of the limits for all devices. */
  counted?: Counted;
  /** When to decide again at the latest; always after `decidedAt`. */
  recheckAt: Instant;
}

/** Looked at again at least this often, whatever happens. */
const RECHECK_MAX_MS = DAY_MS;
const RECHECK_MIN_MS = 5_000;

/** The same input gives the same decision. Total: never throws on any device's data. */
export function decide(input: DecideInput): Decision {
  const { situation, memory, plan, objection, isKept, handOut } = outlineFor(input);
  const isByCommand = situation.channel === 'commands';
  const { subscriptions, settings } = lastingFor(situation);
  const set = buildDeclarations({
    subscriptions,
    ...(settings ? { settings } : {}),
    ...(handOut.enforcement && !isByCommand ? { enforcement: payloadOf(handOut.enforcement) } : {}),
  });
  const enforcement = handOut.enforcement && !isByCommand ? withIdentifier(handOut.enforcement, set) : undefined;
  const order = isByCommand ? orderOf(handOut.enforcement) : undefined;
  if (order) memory.order = order;
  const forecast =
    enforcement || order || !plan
      ? undefined
      : withIdentifier(plan.enforcement, buildDeclarations({ subscriptions: undefined, enforcement: payloadOf(plan.enforcement) }));
  const answerableUntil = answerableUntilOf(situation, memory, enforcement);
  const manifest = isKept
    ? input.manifest && { ...input.manifest, basis: input.basis, answerableUntil: NEVER }
    : handOut.effect === 'none' && input.manifest === undefined
      ? undefined
      : nextManifest({
          previous: input.manifest,
          set,
          enforcement,
          settings,
          takesBackSettings: isOrderedBack(situation),
          review: (former) =>
            enforcement && mayStillHave(situation, former.release) && !isBarred(former, situation) && isOnAllowedDay(former, situation)
              ? onClock(asExpedited(situation, former), situation)
              : undefined,
          answerableUntil,
          basis: input.basis,
          isInvited: invitedAt(situation) !== undefined || takesPart(input),
          isAnsweredEmpty: isLeaving(situation) && mayHoldOurs(situation),
          now: input.now,
        });
  const isReachable =
    objection?.reason !== 'unenrolled' && objection?.reason !== 'enrollment-incomplete' && objection?.reason !== 'user-enrollment';
  const isBehind = situation.target.kind === 'release';
  const wants = wantsOf(situation, manifest, isBehind, isReachable, handOut.effect === 'hand-out' ? order : undefined);
  const stage = objection ? undefined : firstStage(situation, enforcement ?? (order && { ...order, identifier: '' }), memory);
  const reason = objection?.reason ?? stage?.reason ?? 'waiting-for-date';
  const standing = rolloutStandingOf(situation, reason, enforcement ?? situation.held);
  if (standing.current) memory.rollout = standing.current;
  if (standing.next) memory.rolloutNext = standing.next;
  if (standing.failures.length > 0) memory.rolloutFailures = standing.failures;
  const demand = demandOf(situation, newestWanted(situation));
  const turn = nextTurn(situation, handOut.effect === 'hand-out' && handOut.enforcement !== undefined);
  if (turn) memory.turn = turn;
  const counted = countedOf(input, handOut.enforcement?.local, turn);
  const offered = newlyOffered(situation);
  const isExposed = missesExploitedFix(situation);
  const conflicts = conflictsOf(situation, enforcement);
  Object.assign(memory, conflictsSince(conflicts));
  return {
    reason,
    check: handOut.check ?? stage?.check ?? 'its date is to come',
    evidence: objection?.evidence ?? stage?.evidence ?? {},
    decidedAt: input.now,
    ...(situation.policy ? { policy: situation.policy.name } : {}),
    mode: situation.mode,
    channel: situation.channel,
    ...(situation.target.kind === 'release' ? { target: targetOf(situation.target.offer, situation) } : {}),
    ...(plan ? { deadline: plan.deadline.line } : {}),
    ...(enforcement ? { enforcement } : order ? { enforcement: { ...order, identifier: '' } } : forecast ? { enforcement: forecast } : {}),
    isHandedOut: enforcement !== undefined,
    ...holding(situation, memory),
    ...withSettings(situation, manifest),
    manifest,
    declarations: isKept ? [] : set.declarations,
    ledgerLines: plan && situation.mode === 'enforce' ? plan.deadline.changed : [],
    wants,
    memory,
    claimsFirst: claimsFirst(situation, wants),
    rolloutDevices: standing.changed,
    ...(standing.next?.state === 'waiting' ? { waitsForRelease: standing.next.release } : {}),
    ...(conflicts.length > 0 ? { conflicts } : {}),
    ...(demand ? { demand } : {}),
    ...(isExposed === undefined ? {} : { missesExploitedFix: isExposed }),
    ...(counted ? { counted } : {}),
    ...(offered ? { offered } : {}),
    recheckAt: recheckAtOf(situation, memory, enforcement, wants, reason),
  };
}

function holding(situation: Situation, { holds }: Memory): Pick<Decision, 'holds' | 'holdsInto'> {
  if (holds === undefined) return {};
  const span = blackoutHeldInto(situation, holds.local);
  if (span === undefined) return { holds: holds.local };
  const { leadsAt: _, ...holdsInto } = span;
  return { holds: holds.local, holdsInto };
}

function withSettings(situation: Situation, manifest: Manifest | undefined): Pick<Decision, 'settings'> {
  const settings = settingsStanding(situation, manifest?.settings);
  return settings ? { settings } : {};
}

/** Without the identifier of a declaration, which it has none of. */
function orderOf(enforcement: (Order & { identifier?: string }) | undefined): Order | undefined {
  if (enforcement === undefined) return undefined;
  const { identifier: _none, ...order } = enforcement;
  return order;
}

function payloadOf(enforcement: Omit<Enforcement, 'identifier'>) {
  return {
    TargetOSVersion: enforcement.version,
    ...(enforcement.build === undefined ? {} : { TargetBuildVersion: enforcement.build }),
    TargetLocalDateTime: enforcement.local,
    ...(enforcement.detailsUrl === undefined ? {} : { DetailsURL: enforcement.detailsUrl }),
  };
}

function withIdentifier(enforcement: Omit<Enforcement, 'identifier'>, set: DeclarationSet): Enforcement {
  const configuration = set.declarations.find((declaration) => declaration.Type === ENFORCEMENT_TYPE);
  return { ...enforcement, identifier: configuration?.Identifier ?? '' };
}

/** The list that names where a device stands, by how it is brought there. */
export function stagesFor({ channel }: Pick<Situation, 'channel'>): readonly ProgressCheck[] {
  return channel === 'commands' ? COMMAND_STAGES : STAGES;
}

function firstStage(situation: Situation, desired: Enforcement | undefined, memory: Memory) {
  for (const stage of stagesFor(situation)) {
    const found = stage.run(situation, desired, memory);
    if (found) return { ...found, check: stage.name };
  }
  return undefined;
}

function targetOf(offer: Offer, situation: Situation): NonNullable<Decision['target']> {
  return {
    release: offer.release,
    version: situation.target.kind === 'release' ? offer.release.slice(offer.release.indexOf(' ') + 1) : '',
    firstSeenAt: offer.firstSeenAt,
  };
}

/** Until when the -dm listener may answer from the committed manifest without deciding anew. */
function answerableUntilOf(situation: Situation, memory: Memory, enforcement: Enforcement | undefined): Instant {
  if (memory.silent) return 0;
  if (enforcement === undefined) return ALWAYS;
  const until = isWithDevice(situation, enforcement.identifier)
    ? enforcement.latestAt
    : enforcement.earliestAt - noticeOf(situation.input.policies, enforcement);
  return Math.min(until, nextBlackoutChange(situation) ?? until);
}

/** Who refuses at the last moment looks at it when it is asked; what is placed elsewhere has to go by then: the first moment without. */
function noticeEndsAt({ input }: Situation, enforcement: Enforcement): Instant {
  const at = enforcement.earliestAt - noticeOf(input.policies, enforcement);
  return input.placing === undefined ? at : at - placingAllowance(input) + 1;
}

/** Rule 30: the first one wanting its DeclarativeManagement command is tried alone; after an hour without an answer, another. */
function claimsFirst({ input }: Situation, wants: Wants): boolean {
  return (
    !input.site.dmReached &&
    input.site.first === undefined &&
    wants.commands.some((command) => command.requestType === 'DeclarativeManagement')
  );
}

function recheckAtOf(
  situation: Situation,
  memory: Memory,
  enforcement: Enforcement | undefined,
  wants: Wants,
  reason: ReasonName,
): Instant {
  const { now, enrollment } = situation;
  const candidates = [now + RECHECK_MAX_MS, ...wants.lookAgainAt, enrollment.lastSeenAt + NOT_SEEN_MS];
  const blackoutChange = nextBlackoutChange(situation);
  if (blackoutChange !== undefined) candidates.push(blackoutChange);
  if (enforcement) {
    candidates.push(enforcement.latestAt + HOUR_MS, enforcement.latestAt + 2 * HOUR_MS, noticeEndsAt(situation, enforcement));
  }
  if (reason === 'daily-limit') candidates.push(nextTurnAt(situation));
  if (situation.comesOfAgeAt !== undefined) candidates.push(situation.comesOfAgeAt);
  candidates.push(exemptUntil(situation) ?? now);
  candidates.push(handedUntil(situation) ?? now);
  if (memory.returned) candidates.push(memory.returned.hardStopAt);
  if (situation.readBack === undefined || situation.readBack === 'unknown') candidates.push(tellsUntilOf(situation.input) ?? now);
  const next = Math.min(...candidates.filter((at) => at > now));
  return Math.max(next, now + RECHECK_MIN_MS);
}
