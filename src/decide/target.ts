import { known } from '../enrollment/state.ts';
import { compareVersions, parseVersion } from '../os/version.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import { type NotInstallableReason, notInstallableReason } from '../releases/offers.ts';
import { HOUR_MS } from '../time/local.ts';
import type { Situation, Target } from './situation.types.ts';

/** Within this of its date a target is not swapped for a newer one (rule 9). */
export const NO_SWAP_MS = 72 * HOUR_MS;

type Before = Omit<Situation, 'target'>;

/**
 * The newest release open to this device under its policy, never simply the newest (rule 8), and never
 * one that is not newer than what it runs (promise 2).
 */
export function chooseTarget(situation: Before): Target {
  const { policy, version, offers } = situation;
  if (policy === undefined || version === undefined) return { kind: 'none' };
  const systems = offers.filter((offer) => !offer.isImprovement && (offer.isListed || offer.withdrawnAt !== undefined));
  if (policy.target.kind === 'exact') return chooseExact(situation, policy.target.version);
  const open = policy.target.kind === 'latest-minor' ? systems.filter((offer) => offer.version.major === version.major) : systems;
  const newest = open.find((offer) => isOpen(situation, offer));
  if (newest === undefined) {
    const withdrawn = open.find((offer) => offer.withdrawnAt !== undefined && compareVersions(offer.version, version) > 0);
    if (withdrawn) return { kind: 'withdrawn', offer: withdrawn };
    if (open.length > 0 && open.every((offer) => compareVersions(offer.version, version) <= 0))
      return { kind: 'reached', version: policy.target.kind };
    return { kind: 'not-offered' };
  }
  const kept = keepHeldTarget(situation, newest, systems);
  const chosen = kept ?? newest;
  if (compareVersions(chosen.version, version) <= 0) {
    const withdrawn = systems.find(
      (offer) =>
        offer.withdrawnAt !== undefined &&
        compareVersions(offer.version, version) > 0 &&
        (policy.target.kind === 'latest' || offer.version.major === version.major),
    );
    if (withdrawn) return { kind: 'withdrawn', offer: withdrawn };
    return { kind: 'reached', version: policy.target.kind, offer: chosen };
  }
  return { kind: 'release', offer: chosen, version: chosen.version, ...(kept ? { keptBecause: 'rule 9' } : {}) };
}

/** Where Apple took back the newest one, the newest that is left is chosen; a device already past that one waits. */
function chooseExact(situation: Before, text: string): Target {
  const { version } = situation;
  const wanted = parseVersion(text);
  if (wanted === undefined || version === undefined) return { kind: 'none' };
  const offer = situation.offers.find((candidate) => compareVersions(candidate.version, wanted) === 0);
  if (compareVersions(version, wanted) >= 0) return { kind: 'reached', version: text, ...(offer ? { offer } : {}) };
  if (offer === undefined) return { kind: 'not-offered', version: text };
  const problem = installProblem(situation, offer);
  if (problem === undefined) return { kind: 'release', offer, version: offer.version };
  if (problem === 'withdrawn') return { kind: 'withdrawn', offer };
  if (problem === 'expired' || problem === 'expires-before') return { kind: 'expired', offer, because: problem };
  return { kind: 'not-offered', version: text };
}

function isOpen(situation: Before, offer: Offer): boolean {
  return installProblem(situation, offer) === undefined;
}

function installProblem(situation: Before, offer: Offer): NotInstallableReason | undefined {
  const { enrollment, platform, version } = situation;
  const major = version?.major ?? 0;
  return notInstallableReason(offer, {
    isSupervised: known(enrollment, 'isSupervised') ?? false,
    now: situation.now,
    currentBuild: known(enrollment, 'buildVersion'),
    combinedImprovements: platform === 'macOS' ? major >= 15 : major >= 18,
  });
}

/**
 * Rule 9: a target is not swapped while the device is prepared or installing, nor within 72 h of its date;
 * only withdrawal or expiry replaces it sooner.
 */
function keepHeldTarget(situation: Before, newest: Offer, systems: readonly Offer[]): Offer | undefined {
  const { held, enrollment, now, policy } = situation;
  if (held === undefined || held.release === newest.release || held.policy !== policy?.name) return undefined;
  const offer = systems.find((candidate) => candidate.release === held.release);
  if (offer === undefined || !isOpen(situation, offer) || compareVersions(offer.version, newest.version) > 0) return undefined;
  const state = known(enrollment, 'installState');
  const isUnderWay = situation.isHeldFetched && (state === 'prepared' || state === 'installing');
  const isNearDate = situation.isHeldFetched && Math.abs(now - held.dueAt) < NO_SWAP_MS;
  return isUnderWay || isNearDate ? offer : undefined;
}
