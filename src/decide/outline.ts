import { known } from '../enrollment/state.ts';
import { notInstallableReason } from '../releases/offers.ts';
import { supervisionOf } from './channel.ts';
import type { Effect, Objection } from './check.types.ts';
import { GATES, isOrderedBack } from './checks.ts';
import { type Deadline, deadlineFor, enforcementFor, isBarred } from './dating.ts';
import type { DecideInput, Memory } from './input.ts';
import type { Enforcement, Manifest } from './manifest.ts';
import { remember } from './memory.ts';
import { isUnread } from './read-back.ts';
import { assess } from './situation.ts';
import type { Situation } from './situation.types.ts';
import { isAtLeast, versionOf } from './versions.ts';

/** What a decision comes to, before it is written out. */
interface Outline {
  /** As the checks see it. */
  assessed: Situation;
  situation: Situation;
  memory: Memory;
  plan: Plan | undefined;
  objection: (Objection & { check?: string }) | undefined;
  /** What was committed stays as it is: after a restore the device has not told what it holds. */
  isKept: boolean;
  handOut: HandOut;
}

/**
 * Rule 9 keeps an older target on a device while that has it. Where this decision takes it back all the same (`stop`, a
 * change to `observe`, a blackout), the newer one is the target at once: nothing is left to swap.
 */
export function outlineFor(input: DecideInput): Outline {
  const outline = outlineOf(assess(input));
  const { situation, handOut } = outline;
  const isTakenBack =
    situation.target.kind === 'release' && situation.target.keptBecause !== undefined && handOut.enforcement === undefined;
  return isTakenBack && !outline.isKept ? outlineOf(assess(input, { mayKeepTarget: false })) : outline;
}

function outlineOf(assessed: Situation): Outline {
  const { input } = assessed;
  const memory = remember(assessed);
  const plan = planFor(assessed, memory);
  const situation = withLedger(assessed, plan);
  const objection = firstObjection(situation) ?? plan?.objection;
  // It may tell what it holds before it has told what it is.
  const isUndecided = typeof situation.readBack === 'object' && objection?.reason === 'inventory-missing';
  const isKept = (isUnread(situation) || isUndecided) && !isOrderedBack(situation);
  const handOut = isKept ? keptOf(objection, input.manifest) : outcomeOf(situation, memory, objection, plan?.enforcement);
  return { assessed, situation, memory, plan, objection, isKept, handOut };
}

interface Plan {
  deadline: Deadline;
  enforcement: Omit<Enforcement, 'identifier'>;
  objection?: Objection;
}

/** The dates of the target, whether or not anything may be handed out. */
function planFor(situation: Situation, memory: Memory): Plan | undefined {
  const { target, policy } = situation;
  if (target.kind !== 'release' || policy === undefined) return undefined;
  const deadline = deadlineFor(situation, policy, target.offer, memory);
  const enforcement = enforcementFor(situation, policy, target.offer, deadline.line, memory);
  const problem = notInstallableReason(target.offer, {
    isSupervised: supervisionOf(situation.enrollment, situation.platform, situation.version) ?? false,
    now: situation.now,
    currentBuild: known(situation.enrollment, 'buildVersion'),
    combinedImprovements: true,
    until: enforcement.dueAt,
  });
  if (problem !== 'expires-before') return { deadline, enforcement };
  const evidence = { release: target.offer.release, expirationDate: target.offer.expirationDate, date: enforcement.local };
  return { deadline, enforcement, objection: { reason: 'release-expired', effect: 'withdraw', evidence } };
}

function firstObjection(situation: Situation): (Objection & { check: string }) | undefined {
  for (const check of GATES) {
    const objection = check.run(situation);
    if (objection) return { ...objection, check: check.name };
  }
  return undefined;
}

interface HandOut {
  effect: Effect | 'hand-out';
  check?: string;
  enforcement?: Omit<Enforcement, 'identifier'>;
}

/** What only the device's report told of its date now has the ledger line it counts from. */
function withLedger(situation: Situation, plan: Plan | undefined): Situation {
  const { held, readBack } = situation;
  const planned = plan?.enforcement;
  if (held === undefined || typeof readBack !== 'object' || planned?.release !== held.release || planned.local !== held.local)
    return situation;
  return { ...situation, held: { ...held, ledgerLocal: planned.ledgerLocal } };
}

/** After a restore, until the device has told what it holds: what was committed stays, and is not answered. */
function keptOf(objection: (Objection & { check?: string }) | undefined, manifest: Manifest | undefined): HandOut {
  return {
    effect: 'none',
    ...(objection ? { check: objection.check ?? 'its release outlives its date' } : {}),
    ...(manifest?.enforcement ? { enforcement: manifest.enforcement } : {}),
  };
}

/** What the device is to hold, given the first objection. */
function outcomeOf(
  situation: Situation,
  memory: Memory,
  objection: (Objection & { check?: string }) | undefined,
  planned: Omit<Enforcement, 'identifier'> | undefined,
): HandOut {
  const check = objection ? (objection.check ?? 'its release outlives its date') : undefined;
  const effect = objection === undefined ? 'hand-out' : effectOf(situation, objection);
  const withheld: HandOut = { effect, ...(check ? { check } : {}) };
  // Rule 18: what is installing can't be taken back; pulling the declaration away under it helps nobody.
  if (situation.hasStarted && isStillNewer(situation)) return { ...withheld, ...heldOf(situation) };
  if (effect === 'withdraw' || effect === 'none' || memory.silent) return withheld;
  if (effect === 'keep') return mayKeepHeld(situation, memory) ? { ...withheld, ...heldOf(situation) } : withheld;
  return { ...withheld, ...(planned ? { enforcement: planned } : {}) };
}

function heldOf({ held }: Situation): { enforcement?: Enforcement } {
  return held ? { enforcement: held } : {};
}

function isStillNewer({ held, version }: Situation): boolean {
  return held !== undefined && version !== undefined && !isAtLeast({ version }, versionOf(held));
}

/** `stop` and `observe` take back whatever else is the matter with a device (rules 18, 21). */
function effectOf(situation: Situation, { effect }: Objection): Effect {
  return effect === 'keep' && isOrderedBack(situation) ? 'withdraw' : effect;
}

/**
 * While nothing new may be handed out, the date a device has stays. One it has not fetched would be new (rule 13), and
 * so would one it comes back to: that is past (rule 15). A blackout takes back what it would at any time (rule 16), and so
 * does a person who gave it more time.
 */
function mayKeepHeld(situation: Situation, { returned }: Memory): boolean {
  const { held, offers } = situation;
  if (held === undefined || !situation.isHeldFetched || !isStillNewer(situation) || isBarred(held, situation)) return false;
  if (returned && returned.at > held.latestAt) return false;
  return !offers.some((offer) => offer.release === held.release && offer.withdrawnAt !== undefined);
}
