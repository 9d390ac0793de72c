import { type SofaPlatformName, sofaPlatformOf } from '../../../src/sim/sofa-feed.ts';
import { type Family, postedAt } from '../../../src/sim/table.ts';
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
  const hasGood = new Set<SofaPlatformName>();
  const surgesSince = new Map<SofaPlatformName, number>();
  let unsaved: SofaPlatformName | undefined;
  const keyOf = ({ spec }: WorldDevice, version: string) => `${platformOf(spec.model.family)} ${version}`;

  function said(platform: SofaPlatformName, at: number, isSurge: boolean): Set<string> {
    if (isSurge) {
      const all = world.catalogue.releases.filter((release) => postedAt(release) <= at);
      return new Set(all.map((release) => `${sofaPlatformOf(release)} ${release.version}`));
    }
    const words = world.sofa?.words.filter((word) => word.platform === platform && word.from <= at && at < word.until) ?? [];
    return new Set(words.map(({ version }) => `${platform} ${version}`));
  }

  function onAnswer({ at, platform, fault }: WorldEvent & { kind: 'sofa' }): void {
    if (fault === 'surge') surgesSince.set(platform, surgesSince.get(platform) ?? at);
    else surgesSince.delete(platform);
    if (fault === undefined) unsaved = platform;
    const surgeFrom = surgesSince.get(platform);
    // A first answer has nothing to be doubted by.
    const isBelieved = !hasGood.has(platform) || (surgeFrom !== undefined && at - surgeFrom >= STANDING_MS - CLOCK_OFF_MS);
    const now = said(platform, at, fault === 'surge' && isBelieved);
    for (const key of now) if (key.startsWith(`${platform} `) && !since.has(key)) since.set(key, at);
    for (const key of since.keys()) {
      if (!key.startsWith(`${platform} `)) continue;
      if (now.has(key)) less.delete(key);
      else less.set(key, { from: less.get(key)?.from ?? at, to: at });
    }
  }

  return {
    note(event) {
      if (event.kind !== 'sofa' || (event.status !== 200 && event.status !== 304)) return;
      unsaved = undefined;
      onAnswer(event);
    },
    saved() {
      if (unsaved !== undefined) hasGood.add(unsaved);
      unsaved = undefined;
    },
    severeSince: (device, version) => since.get(keyOf(device, version)),
    isTakenBack(device, version) {
      const { from, to } = less.get(keyOf(device, version)) ?? { from: 0, to: 0 };
      return to - from >= STANDING_MS - CLOCK_OFF_MS;
    },
  };
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
