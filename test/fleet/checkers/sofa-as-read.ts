import type { SofaPlatformName, SofaTold } from '../../../src/sim/sofa-feed.ts';
import { compareVersionTexts, type Family } from '../../../src/sim/table.ts';
import type { World, WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';

/** What SOFA was read to say of releases: by the world's words, and what of an answer may be believed. */
export interface SofaAsRead {
  note(event: WorldEvent): void;
  /** The app has stored what it made of the last answer. */
  saved(): void;
  /** Since when an answer that the app believed has called it exploited or critical; undefined: none ever has. */
  severeSince(device: WorldDevice, version: string): number | undefined;
  /** Once it counted as severe, and then as less so: answers had said that for three days. */
  isTakenBack(device: WorldDevice, version: string): boolean;
}

const DAY_MS = 86_400_000;
/** A doubtful answer repeated for so long is believed, and less than before. */
const STANDING_MS = 3 * DAY_MS;
/** A clock off by less is not doubted. */
const CLOCK_OFF_MS = 10 * 60_000;

export function createSofaAsRead(world: World): SofaAsRead {
  /** By platform and version. */
  const since = new Map<string, number>();
  const takenBack = new Set<string>();
  /** What is held of each feed. */
  const held = new Map<SofaPlatformName, Held>();
  const surgesSince = new Map<SofaPlatformName, number>();
  let unsaved: (() => void) | undefined;
  const keyOf = ({ spec }: WorldDevice, version: string) => `${platformOf(spec.model.family)} ${version}`;

  function onAnswer({ at, platform, fault }: WorldEvent & { kind: 'sofa' }): void {
    if (fault === 'surge') surgesSince.set(platform, surgesSince.get(platform) ?? at);
    else surgesSince.delete(platform);
    const told = world.sofa?.told(platform, at, fault) ?? [];
    const isStanding = at - (surgesSince.get(platform) ?? at) >= STANDING_MS - CLOCK_OFF_MS;
    const isBelieved = isStanding || speaksNothingAgainst(held.get(platform), told);
    if (!isBelieved) return;
    const before = held.get(platform);
    const after = heldWith(before, told, at);
    held.set(platform, after);
    for (const [version, { rank }] of after.ranks) {
      const key = `${platform} ${version}`;
      if (rank > 0 && !since.has(key)) since.set(key, at);
      const was = before?.ranks.get(version)?.rank ?? 0;
      if (rank < was) takenBack.add(key);
      if (rank > was) takenBack.delete(key);
    }
  }

  return {
    note(event) {
      if (event.kind !== 'sofa' || (event.status !== 200 && event.status !== 304)) return;
      // What was read before this and not stored, the app that reads now never knew.
      unsaved = () => onAnswer(event);
    },
    saved() {
      unsaved?.();
      unsaved = undefined;
    },
    severeSince: (device, version) => since.get(keyOf(device, version)),
    isTakenBack: (device, version) => takenBack.has(keyOf(device, version)),
  };
}

type Rank = 0 | 1 | 2;

interface Held {
  /** The newest of the last answer that was believed first. */
  told: readonly string[];
  /** How severe each release counts as, and since when it was called less. */
  ranks: ReadonlyMap<string, { rank: Rank; lessSince?: number }>;
}

function rankOf({ severity }: SofaTold): Rank {
  return severity === 'exploited' ? 2 : severity === 'critical' ? 1 : 0;
}

/** Rule 7: of those told of before a fifth may be gone, or more severe than they were, or five of a short list; none is older. */
function speaksNothingAgainst(held: Held | undefined, told: readonly SofaTold[]): boolean {
  const [newest] = told;
  if (newest === undefined) return false;
  const [newestHeld] = held?.told ?? [];
  if (held === undefined || newestHeld === undefined) return true;
  const now = new Map(told.map((one) => [one.version, rankOf(one)]));
  const most = Math.max(5, held.told.length * 0.2);
  const gone = held.told.filter((version) => !now.has(version));
  const raised = held.told.filter((version) => (now.get(version) ?? 0) > (held.ranks.get(version)?.rank ?? 0));
  return compareVersionTexts(newest.version, newestHeld) >= 0 && gone.length <= most && raised.length <= most;
}

/** More counts at once, less once it was said for three days. */
function heldWith(held: Held | undefined, told: readonly SofaTold[], at: number): Held {
  const ranks = new Map(held?.ranks);
  for (const one of told) {
    const [known, rank] = [ranks.get(one.version), rankOf(one)];
    const lessSince = known?.lessSince ?? at;
    const isLess = known !== undefined && rank < known.rank && at - lessSince < STANDING_MS - CLOCK_OFF_MS;
    ranks.set(one.version, isLess ? { rank: known.rank, lessSince } : { rank });
  }
  return { told: told.map(({ version }) => version), ranks };
}

export function platformOf(family: Family): SofaPlatformName {
  switch (family) {
    case 'Mac':
      return 'macOS';
    case 'Apple TV':
      return 'tvOS';
    case 'Vision Pro':
      return 'visionOS';
    default:
      return 'iOS';
  }
}
