import type { ReleaseKey } from '../releases/catalogue.types.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import type { OfferedTo } from './input.ts';
import { listedSystems } from './own-list.ts';
import type { Situation } from './situation.types.ts';
import { isAtVersion } from './versions.ts';

/**
 * Apple does not offer a new release to everybody at once ("phased availability"). While no device of a model was offered
 * it, one that does not list it is not broken. Apple doesn't say how long that takes: after so long it is no excuse.
 */
export const RAMP_MS = 14 * DAY_MS;

/** Stages that only a device gets to which was offered what it is to install. */
const UNDER_WAY: ReadonlySet<string> = new Set(['downloading', 'downloaded', 'prepared', 'scheduled', 'installing']);

/** New releases that this device was offered: it lists them, runs them, or is on its way to them. Absent: none that is not known. */
export function newlyOffered(situation: Situation): OfferedTo | undefined {
  const { deviceKey, input, now, version, enrollment, held, progress, target, commandProgress } = situation;
  const known = input.offered;
  if (deviceKey === undefined || known === undefined) return undefined;
  const young = situation.offers.filter((offer) => now - offer.firstSeenAt < RAMP_MS && !known.get(offer.release)?.has(deviceKey));
  if (young.length === 0) return undefined;
  const listed = listedSystems(enrollment);
  const isTarget = (release: ReleaseKey) => target.kind === 'release' && target.offer.release === release;
  const releases = young
    .filter(
      (offer) =>
        isAtVersion(version, offer.version) ||
        listed.some((item) => isAtVersion(item.version, offer.version)) ||
        (held?.release === offer.release && UNDER_WAY.has(progress?.value ?? '')) ||
        (isTarget(offer.release) && UNDER_WAY.has(commandProgress?.stage ?? '')),
    )
    .map((offer) => offer.release);
  return releases.length === 0 ? undefined : { deviceKey, releases };
}

/** Nobody of its model was offered that release yet, since when it is out, and until when that is waited for. */
export function rampOf(
  situation: Situation,
  release: ReleaseKey | undefined,
): { release: ReleaseKey; model: string; since: Instant; waitsUntil: Instant } | undefined {
  const { deviceKey, input, now } = situation;
  const offer = situation.offers.find((candidate) => candidate.release === release);
  if (offer === undefined || deviceKey === undefined || input.offered === undefined) return undefined;
  const waitsUntil = offer.firstSeenAt + RAMP_MS;
  if (now >= waitsUntil || input.offered.get(offer.release)?.has(deviceKey)) return undefined;
  // Its own word counts before it is written down.
  if (newlyOffered(situation)?.releases.includes(offer.release)) return undefined;
  return { release: offer.release, model: deviceKey, since: offer.firstSeenAt, waitsUntil };
}
