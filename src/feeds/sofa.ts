import { SOFA_PLATFORMS, type SofaPlatform } from '../releases/severity.types.ts';
import type { ReleaseFeed } from './feed.ts';

/** SOFA of the Mac Admins Open Source project: what each release of Apple's fixes, one feed a platform. https://sofa.macadmins.io */
export const SOFA_URL = 'https://sofafeed.macadmins.io/v2/';

/** Rule 6, for SOFA too. It is made anew up to once an hour, and mostly says the same. */
export const SOFA_READS_PER_DAY_MAX = 4;

/** Names of the feeds within their folder, in v1 and v2. v1 has none of tvOS and visionOS. */
const FILES: Readonly<Record<SofaPlatform, string>> = {
  iOS: 'ios_data_feed.json',
  macOS: 'macos_data_feed.json',
  tvOS: 'tvos_data_feed.json',
  visionOS: 'visionos_data_feed.json',
};

/** The feed of one platform. */
export interface SofaFeed {
  platform: SofaPlatform;
  feed: ReleaseFeed;
}

/** One feed for each platform; `open` gets the name of its file. */
export function sofaFeeds(open: (file: string) => ReleaseFeed): SofaFeed[] {
  return SOFA_PLATFORMS.map((platform) => ({ platform, feed: open(FILES[platform]) }));
}
