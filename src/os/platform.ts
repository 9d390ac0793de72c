/** Apple's platforms as Ratchet tells them apart, from the product identifier a device reports. */

/** `unknown` is a product identifier we can't place; it is data, never an error. */
export type Platform = 'iOS' | 'iPadOS' | 'macOS' | 'tvOS' | 'visionOS' | 'watchOS' | 'HomePod' | 'unknown';

export const PLATFORMS: readonly Platform[] = ['iOS', 'iPadOS', 'macOS', 'tvOS', 'visionOS', 'watchOS', 'HomePod', 'unknown'];

/**
 * Platform of a `ProductName` / `device.model.identifier` ("iPad13,4", "Mac15,6", "AppleTV14,1").
 * Source: the prefixes in Apple's lookup service answers.
 */
export function platformOf(productName: string | undefined): Platform {
  const name = productName ?? '';
  if (/^(iPhone|iPod)\d/.test(name)) return 'iOS';
  if (/^iPad\d/.test(name)) return 'iPadOS';
  if (/^AppleTV\d/.test(name)) return 'tvOS';
  if (/^RealityDevice\d/.test(name)) return 'visionOS';
  if (/^Watch\d/.test(name)) return 'watchOS';
  if (/^AudioAccessory\d/.test(name)) return 'HomePod';
  if (/^(Mac|iMac|MacBook|MacBookPro|MacBookAir|Macmini|MacPro|iMacPro|VirtualMac|VMware|Parallels|Xserve)[\d,-]*/.test(name))
    return 'macOS';
  return 'unknown';
}

/** The last major version before all platforms went on with 26, in 2025. Source: Apple's release notes. */
const LAST_MAJOR: Readonly<Record<Exclude<Platform, 'unknown'>, number>> = {
  iOS: 18,
  iPadOS: 18,
  macOS: 15,
  tvOS: 18,
  visionOS: 2,
  watchOS: 11,
  HomePod: 18,
};

export function lastMajorBefore26(platform: Platform): number | undefined {
  return platform === 'unknown' ? undefined : LAST_MAJOR[platform];
}

/** False for a major version that Apple left out: iOS 19, macOS 20. What comes after 26 can't be known. */
export function wasEver(platform: Platform, major: number): boolean {
  const last = lastMajorBefore26(platform);
  return last === undefined || major <= last || major >= 26;
}
