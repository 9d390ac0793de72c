import type { OsVersion } from '../os/version.ts';

/** Platform keys of Apple's lookup service after both spellings of visionOS were folded. */
export type LookupPlatform = 'iOS' | 'macOS' | 'visionOS' | (string & {});

/** Which set of the answer listed it: PublicAssetSets, AssetSets, or the background improvement set (either spelling). */
export type AssetSet = 'public' | 'managed' | 'improvement';

/**
 * A release is an OS version (with its extra) under one platform key. Builds differ by device and by
 * Apple's +6000 twins, so a build is never a release of its own. Spelled "iOS 26.6.1" or "macOS 26.3.1 (a)".
 */
export type ReleaseKey = string;

/** One release as one device may have it. */
export interface Offer {
  release: ReleaseKey;
  platform: LookupPlatform;
  version: OsVersion;
  /** Current builds for this device, lowest first. The first one is Apple's plain build. */
  builds: string[];
  /** In PublicAssetSets for this device. */
  isPublic: boolean;
  /** In AssetSets for this device. */
  isManaged: boolean;
  /** A rapid security response / background security improvement, which needs one of `prerequisiteBuilds`. */
  isImprovement: boolean;
  prerequisiteBuilds: string[];
  /** Earliest posting date told, YYYY-MM-DD. Shown and cross-checked, never counted from. */
  postingDate?: string;
  /** Latest expiration date told, YYYY-MM-DD (UTC); usable to the end of that day. */
  expirationDate?: string;
  /** The expiration date still moved forward with the newest answer: Apple still wants it. */
  expirationRolls: boolean;
  /** Our clock when this installation first saw the release under this platform (epoch ms). */
  firstSeenAt: number;
  /** Set when Apple took it back from this device (rule 2), epoch ms. */
  withdrawnAt?: number;
  /** False when the newest held answer no longer lists it for this device. */
  isListed: boolean;
}

/** Why the held answer is not what Apple said last (rule 3). */
export interface Doubt {
  kind: 'empty' | 'set-gone' | 'platform-gone' | 'shrunk' | 'older';
  /** One sentence for people. */
  detail: string;
  /** When this very answer (by normal form) was first seen, epoch ms. */
  since: number;
  /** Digest of the doubtful answer's normal form. */
  digest: string;
}
