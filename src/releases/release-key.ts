import type { OsVersion } from '../os/version.ts';
import { formatVersion } from '../os/version.ts';
import type { LookupPlatform, ReleaseKey } from './catalogue.types.ts';

/** "iOS 26.6.1", "macOS 26.3.1 (a)". */
export function releaseKey(platform: LookupPlatform, version: OsVersion): ReleaseKey {
  return `${platform} ${formatVersion(version)}`;
}
