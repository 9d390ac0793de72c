import { type EnrollmentState, known, knownExtra } from '../../enrollment/state.ts';
import { type Platform, platformOf } from '../../os/platform.ts';
import { compareVersions, type OsVersion, parseVersion, type VersionText } from '../../os/version.ts';
import type { ReasonName } from '../../reasons/reasons.ts';
import { releasesTold } from '../../releases/severity.ts';
import type { Store, StoredDecision } from '../../store/store.ts';
import { type Instant, instantOf, isTimeZone, type LocalDateTime, latestInstantOf, localOf } from '../../time/local.ts';
import type { Standing } from '../standing.ts';
import { withTarget } from './words.ts';

/**
 * What the owner of one device is told of its update, and nothing of whose it is or how it is managed: who has the address of
 * the page may see it. What the last decision saw; nothing is decided for a page that anybody may ask for.
 */
export interface OwnersUpdate {
  platform: Platform;
  /** ProductName: for "iPhone" or "iPod", never shown. */
  productName: string | undefined;
  reason: ReasonName;
  /** The release it is to get, or has got. */
  version: VersionText | undefined;
  /** The date in force, or that the device may still act by: wall time of the device. */
  date: LocalDateTime | undefined;
  /** It is in force, and not only something the device has not given back yet. */
  isInForce: boolean;
  /** That date has passed, wherever the device may be. */
  isPast: boolean;
  /** What its clock shows, or would in the zone that stands in for one it does not tell. */
  localNow: LocalDateTime;
  /** From the date on commands are sent in hours set aside for them; else the device itself acts at the date. */
  isByCommand: boolean;
  /** The release fixes, by SOFA, something known to be exploited that the device still has. */
  fixesExploited: boolean;
}

/** Undefined when no page has that name, the device left, or enrolled anew since: no difference is told. */
export async function ownersUpdateOf(
  store: Pick<Store, 'findByOwnersPage' | 'loadForReconcile'>,
  standing: Standing,
  now: Instant,
  page: string,
): Promise<OwnersUpdate | undefined> {
  const id = await store.findByOwnersPage(page);
  if (id === undefined) return undefined;
  const [gathered] = await store.loadForReconcile([id]);
  // What the name was found by may be older than what is known.
  if (gathered?.state === undefined || gathered.decision === undefined) return undefined;
  if (standing.ownersPages?.nameOf(gathered.state) !== page) return undefined;
  return updateOf(gathered.state, gathered.decision, standing, now);
}

function updateOf(state: EnrollmentState, decision: StoredDecision, standing: Standing, now: Instant): OwnersUpdate {
  const productName = known(state, 'productName') ?? known(state, 'model');
  const platform = platformOf(productName);
  const told = known(state, 'timeZone');
  const isTold = told !== undefined && isTimeZone(told);
  const zone = isTold ? told : standing.policies.timeZone;
  const version = withTarget(decision, (target) => target);
  const date = dateOf(decision);
  return {
    platform,
    productName,
    reason: decision.reason,
    version,
    date,
    isInForce: date !== undefined && inForce(decision) !== undefined,
    isPast: date !== undefined && (isTold ? instantOf(date, zone) : latestInstantOf(date)) <= now,
    localNow: localOf(now, zone),
    isByCommand: decision.channel === 'commands',
    fixesExploited: fixesExploited(standing, platform, runsOf(state), parseVersion(version)),
  };
}

/** Of the date it fetched and the one it is to fetch the earlier: it may act by either. */
function dateOf(decision: StoredDecision): LocalDateTime | undefined {
  if (decision.reason === 'verified') return undefined;
  return [decision.holds, inForce(decision)].filter((date) => date !== undefined).sort()[0];
}

/** In its manifest, or an order to send commands from then on (which no declaration stands for). A forecast is neither. */
function inForce({ enforcement, isHandedOut }: StoredDecision): LocalDateTime | undefined {
  return isHandedOut || enforcement?.identifier === '' ? enforcement?.local : undefined;
}

function runsOf(state: EnrollmentState): OsVersion | undefined {
  return parseVersion(known(state, 'osVersion'), knownExtra(state));
}

/** Of its own major version: the fix of an older one may have come after the release it is to get. */
function fixesExploited({ severities }: Standing, platform: Platform, runs: OsVersion | undefined, target: OsVersion | undefined): boolean {
  if (runs === undefined || target === undefined) return false;
  return releasesTold(severities, platform).some((told) => {
    const fix = told.exploited > 0 ? parseVersion(told.version) : undefined;
    if (fix === undefined || fix.major !== target.major) return false;
    return compareVersions(fix, runs) > 0 && compareVersions(fix, target) <= 0;
  });
}
