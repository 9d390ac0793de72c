import type { SofaPlatformName, SofaTold } from '../../../src/sim/sofa-feed.ts';
import { compareVersionTexts, type Family } from '../../../src/sim/table.ts';
import type { World, WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';

/** What SOFA was read to say of releases: by the world's words, and what of an answer may be believed. */
export interface SofaAsRead {
  note(event: WorldEvent): void;
  /** The app has stored what it made of the last answer. */
  saved(): void;
  /** Since when an answer that reached the app has called it exploited or critical; undefined: none ever has. */
  severeSince(device: WorldDevice, version: string): number | undefined;
  /** Answers have said less of it for three days. */
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
  const less = new Map<string, { from: number; to: number }>();
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
    if (isBelieved) held.set(platform, heldWith(held.get(platform), told, at));
    // What an answer that is not believed says beside its fault is true, and may come again in the next.
    const words = world.sofa?.words.filter((word) => word.platform === platform && word.from <= at && at < word.until) ?? [];
    const severe = fault === 'surge' && isBelieved ? told : words;
    const now = new Set(severe.map(({ version }) => `${platform} ${version}`));
    for (const key of now) if (!since.has(key)) since.set(key, at);
    for (const key of since.keys()) {
      if (!key.startsWith(`${platform} `)) continue;
      if (now.has(key)) less.delete(key);
      else less.set(key, { from: less.get(key)?.from ?? at, to: at });
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
    isTakenBack(device, version) {
      const { from, to } = less.get(keyOf(device, version)) ?? { from: 0, to: 0 };
      return to - from >= STANDING_MS - CLOCK_OFF_MS;
    },
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
    const isLess = known !== undefined && rank < known.rank && at - lessSince < STANDING_MS;
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
