import type { Platform } from './platform.ts';
import type { OsVersion } from './version.ts';

export interface LookupIdentity {
  platform: Platform;
  version?: OsVersion;
  /** `SoftwareUpdateDeviceID`, status item `softwareupdate.device-id` or MachineInfo's `SOFTWARE_UPDATE_DEVICE_ID`. */
  softwareUpdateDeviceId?: string;
  /** `ProductName`, also told by Authenticate and `device.model.identifier`: "iPad13,4". */
  productName?: string;
  model?: string;
}

/** Platforms whose `SupportedDevices` are product names. On macOS they are board ids, which no product name tells. */
const BY_PRODUCT_NAME: readonly Platform[] = ['iOS', 'iPadOS', 'tvOS', 'visionOS', 'watchOS', 'HomePod'];

/**
 * The text under which Apple's lookup service lists this device in `SupportedDevices` (case-sensitive), or undefined
 * when it can't be known: a Mac that did not tell its software-update device id (macOS 11 and older never do).
 * Source: Apple's `v2/pmv`, and "Deploying software updates using declarative management".
 */
export function lookupKey(identity: LookupIdentity): string | undefined {
  const told = identity.softwareUpdateDeviceId?.trim();
  if (told) return told;
  if (!BY_PRODUCT_NAME.includes(identity.platform)) return undefined;
  return identity.productName?.trim() || undefined;
}
