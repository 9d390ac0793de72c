import type { OsVersion } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { UtcDate } from '../time/utc-date.ts';

/** Platform keys of Apple's lookup service after both spellings of visionOS were folded. */
export type LookupPlatform = 'iOS' | 'macOS' | 'visionOS' | (string & {});

/** Which set of the answer listed it: PublicAssetSets, AssetSets, or the background improvement set (either spelling). */
export type AssetSet = 'public' | 'managed' | 'improvement';

/** One entry after merging: (set, platform, version, build, prerequisite, dates) is unique, and no device stands twice in it. */
export interface PmvAsset {
  set: AssetSet;
  platform: LookupPlatform;
  version: OsVersion;
  /** Absent in answers of before 2024. */
  build?: string;
  /** Build a background security improvement needs. */
  prerequisiteBuild?: string;
  postingDate?: UtcDate;
  expirationDate?: UtcDate;
  /** Lookup keys as in `SupportedDevices`, sorted. */
  devices: string[];
}

export interface PmvAnswer {
  assets: PmvAsset[];
  /** The sets the answer had a key for, even an empty one; sorted. */
  sets: AssetSet[];
  /** Entries that could not be read. */
  droppedEntries: number;
  /** SHA-256 (hex) of what is listed for whom. Leaves the dates out: they move every day while nothing else does. */
  digest: string;
}

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
  /**
   * Our clock when this installation first saw the release listed for this device (epoch ms). Per device, because
   * one key holds them all: iOS 26.0.1 was a watch's release for two weeks before it was an iPhone's.
   */
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

/** What one release is to some devices: the stored form of an Offer. */
export interface Listing {
  builds: string[];
  prerequisiteBuilds: string[];
  isPublic: boolean;
  isManaged: boolean;
  isImprovement: boolean;
  postingDate?: UtcDate;
  expirationDate?: UtcDate;
  expirationRolls: boolean;
  firstSeenAt: Instant;
  withdrawnAt?: Instant;
  /** Only a doubtful answer said so: the next held one confirms it or takes it back. */
  isWithdrawnInDoubt?: boolean;
  /** When the held answer stopped listing it; absent while it is listed. */
  unlistedAt?: Instant;
}

/** Devices to which a release is exactly the same. */
export interface DeviceGroup extends Listing {
  /** Lookup keys, sorted. */
  devices: string[];
}

export interface CatalogueRelease {
  key: ReleaseKey;
  platform: LookupPlatform;
  version: OsVersion;
  /** Disjoint; sorted by their first device. */
  groups: DeviceGroup[];
}

/** All that is known of Apple's releases. A plain value, stored as JSON; folding makes a new one. */
export interface Catalogue {
  schema: 1;
  /** Sorted by key. Holds what the held answer lists, and what earlier ones listed. */
  releases: CatalogueRelease[];
  /** Digest of the held answer, and when it was first held. Absent before the first one. */
  heldDigest?: string;
  heldAt?: Instant;
  /** When any answer (held, doubtful or "not modified") was last folded. */
  lastCheckedAt?: Instant;
  /** The expiration date that current releases share in the held answer, and when it last moved forward (rule 5). */
  rollingDate?: UtcDate;
  rollingMovedAt?: Instant;
  /** Entries of the held answer that could not be read. */
  droppedEntries: number;
  /** Set while Apple's last answer is doubtful (rule 3); `candidate` is that answer. */
  doubt?: Doubt;
  candidate?: PmvAnswer;
}

/** What a person should know after a fold. */
export type CatalogueAlert =
  | { kind: 'answer-doubtful'; doubt: Doubt }
  /** `repeated`: it lasted long enough to be believed. `accepted`: by a person. `answered`: a plain answer came instead. */
  | { kind: 'doubt-ended'; how: 'answered' | 'repeated' | 'accepted'; doubt: Doubt }
  /** `inDoubt`: told by a doubtful answer, which may take away but not give. */
  | { kind: 'release-withdrawn'; release: ReleaseKey; devices: string[]; inDoubt: boolean }
  | { kind: 'release-restored'; release: ReleaseKey; devices: string[] }
  | { kind: 'entries-dropped'; count: number };
