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
