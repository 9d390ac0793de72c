import { type ByPlatform, ios, type Support, supportOf } from './bounds.ts';
import type { Platform } from './platform.ts';
import type { OsVersion } from './version.ts';

/**
 * From which OS on Apple's mechanisms exist, as data. Sources: apple/device-management (YAML `supportedOS`,
 * releases 18.1 to 27 seeds) and the pages of developer.apple.com/documentation/devicemanagement named below.
 * A platform that is missing from a row has never had the thing.
 */

/** The `DeclarativeManagement` command: mdm/commands/declarativemanagement.yaml. No supervision needed. */
const DDM: ByPlatform = {
  ...ios('15.0'),
  macOS: { from: '13.0' },
  tvOS: { from: '16.0' },
  visionOS: { from: '1.1' },
  watchOS: { from: '10.0' },
};

/** declarative/declarations/configurations/softwareupdate.enforcement.specific.yaml; watchOS is n/a. */
const ENFORCEMENT: ByPlatform = { ...ios('17.0'), macOS: { from: '14.0' }, tvOS: { from: '18.4' }, visionOS: { from: '26.0' } };

/** `allowed-enrollments` of the same file: macOS lists `supervised` alone, the others `supervised` and `device`. */
const ENFORCEMENT_NEEDS_SUPERVISION: readonly Platform[] = ['macOS'];

/** declarative/status/softwareupdate.*.yaml: four items share their bounds with the enforcement declaration. */
const UPDATE_STATUS = ENFORCEMENT;
const SUPPLEMENTAL_STATUS: ByPlatform = {
  ...ios('16.1'),
  macOS: { from: '13.0' },
  tvOS: { from: '16.1' },
  visionOS: { from: '1.1' },
  watchOS: { from: '10.0' },
};

/** The status items Ratchet subscribes to: declarative/status/<name>.yaml. */
const STATUS_ITEMS: Readonly<Record<string, ByPlatform>> = {
  'softwareupdate.install-state': UPDATE_STATUS,
  'softwareupdate.install-reason': UPDATE_STATUS,
  'softwareupdate.failure-reason': UPDATE_STATUS,
  'softwareupdate.pending-version': UPDATE_STATUS,
  // Apple's texts name 26.0 and 26.4 for visionOS; its product name is a lookup key too, so the later one costs nothing.
  'softwareupdate.device-id': { ...ios('18.0'), macOS: { from: '15.0' }, tvOS: { from: '18.4' }, visionOS: { from: '26.4' } },
  'softwareupdate.beta-enrollment': { ...ios('18.0'), macOS: { from: '15.0' } },
  'device.operating-system.version': DDM,
  'device.operating-system.build-version': DDM,
  'device.operating-system.family': DDM,
  'device.operating-system.supplemental.build-version': SUPPLEMENTAL_STATUS,
  'device.operating-system.supplemental.extra-version': SUPPLEMENTAL_STATUS,
  'device.model.family': DDM,
  'device.model.identifier': DDM,
  'device.identifier.serial-number': {
    ...ios('16.0'),
    macOS: { from: '13.0' },
    tvOS: { from: '16.0' },
    visionOS: { from: '1.1' },
    watchOS: { from: '10.0' },
  },
  // New in 27: until then supervision is told by DeviceInformation only.
  'mdm.enrollment-type': {
    ...ios('27.0'),
    macOS: { from: '27.0' },
    tvOS: { from: '27.0' },
    visionOS: { from: '27.0' },
    watchOS: { from: '27.0' },
  },
};

const EVERY: ByPlatform = {
  ...ios(''),
  macOS: { from: '' },
  tvOS: { from: '' },
  visionOS: { from: '' },
  watchOS: { from: '' },
};
const SUPPLEMENTAL_QUERY: ByPlatform = {
  ...ios('16.1'),
  macOS: { from: '13.0' },
  tvOS: { from: '16.1' },
  visionOS: { from: '' },
  watchOS: { from: '' },
};

/**
 * `DeviceInformation` queries Ratchet reads: mdm/commands/information.device.yaml and, for 27, the page
 * "Removed commands and profiles". A query a platform doesn't know is not asked, rather than left to be omitted.
 */
const QUERIES: Readonly<Record<string, ByPlatform>> = {
  DeviceName: EVERY,
  OSVersion: EVERY,
  BuildVersion: EVERY,
  SupplementalOSVersionExtra: SUPPLEMENTAL_QUERY,
  SupplementalBuildVersion: SUPPLEMENTAL_QUERY,
  ProductName: EVERY,
  ModelName: EVERY,
  Model: { ...ios(''), macOS: { from: '' }, tvOS: { from: '' }, watchOS: { from: '' } },
  SerialNumber: EVERY,
  SoftwareUpdateDeviceID: { ...ios('15.0', '27.0'), macOS: { from: '12.0', removedIn: '27.0' }, visionOS: { from: '', removedIn: '27.0' } },
  IsSupervised: { ...ios('6.0'), macOS: { from: '10.15' }, tvOS: { from: '9.0' }, visionOS: { from: '' }, watchOS: { from: '' } },
  IsMultiUser: ios('9.3'),
  AwaitingConfiguration: { ...ios('9.0'), macOS: { from: '10.11' }, tvOS: { from: '10.2' }, visionOS: { from: '2.0' } },
  IsMDMLostModeEnabled: ios('9.3'),
  TimeZone: { ...ios('14.0'), macOS: { from: '26.0' }, tvOS: { from: '14.0' }, visionOS: { from: '2.0' } },
  IsAppleSilicon: { macOS: { from: '12.0' } },
  BatteryLevel: { ...ios('5.0'), macOS: { from: '13.3' }, visionOS: { from: '' } },
  AvailableDeviceCapacity: { ...ios('4.0'), macOS: { from: '10.7' }, visionOS: { from: '' }, watchOS: { from: '' } },
};

/** Queries every platform and version knows: what a device is asked before it said what it is. */
const COMMON_QUERIES: readonly string[] = Object.keys(QUERIES).filter((name) => QUERIES[name] === EVERY);

/**
 * Whether a device takes `com.apple.configuration.softwareupdate.enforcement.specific`. `never` is also the answer
 * for a platform we can't place. What the device says in client-capabilities comes before this table.
 */
export function enforcementSupport(platform: Platform, version: OsVersion | undefined): 'supported' | 'too-old' | 'never' {
  return withoutRemoved(supportOf(ENFORCEMENT, platform, version));
}

/** Whether a device takes the `DeclarativeManagement` command (older ones answer error 12021). */
export function ddmSupport(platform: Platform, version: OsVersion | undefined): 'supported' | 'too-old' | 'never' {
  return withoutRemoved(supportOf(DDM, platform, version));
}

function withoutRemoved(support: Support): 'supported' | 'too-old' | 'never' {
  return support === 'removed' ? 'never' : support;
}

/** True where Apple takes the enforcement declaration from supervised devices only (macOS). */
export function needsSupervisionForEnforcement(platform: Platform): boolean {
  return ENFORCEMENT_NEEDS_SUPERVISION.includes(platform);
}

/**
 * `Queries` of a DeviceInformation command, never one that the version no longer or does not yet know.
 * Platform or version unknown: the set that every device knows. User Enrollment forbids SerialNumber and
 * SoftwareUpdateDeviceID; such devices are left alone, so there is no list for them.
 */
export function deviceInformationQueries(platform: Platform | undefined, version: OsVersion | undefined): string[] {
  if (platform === undefined || version === undefined || !(platform in EVERY)) return [...COMMON_QUERIES];
  return namesSupported(QUERIES, platform, version);
}

/**
 * Names for a status subscription, by platform and version alone; the caller removes what the device's
 * client-capabilities don't list. Empty where there is no declarative management.
 */
export function statusItemsFor(platform: Platform, version: OsVersion | undefined): string[] {
  return namesSupported(STATUS_ITEMS, platform, version);
}

function namesSupported(table: Readonly<Record<string, ByPlatform>>, platform: Platform, version: OsVersion | undefined): string[] {
  return Object.keys(table).filter((name) => supportOf(table[name], platform, version) === 'supported');
}

/**
 * Whether SecurityInfo tells anything a decision reads: the bootstrap token and the user's approval on macOS,
 * passcode and User Enrollment on iOS and iPadOS. It needs access right 1024.
 */
export function needsSecurityInfo(platform: Platform): boolean {
  return platform === 'macOS' || platform === 'iOS' || platform === 'iPadOS';
}
