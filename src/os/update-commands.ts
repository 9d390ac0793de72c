import { type ByPlatform, ios, type Support, supportOf } from './bounds.ts';
import type { Platform } from './platform.ts';
import type { OsVersion } from './version.ts';

/**
 * The commands that update older systems: which OS takes what. Sources: apple/device-management (release 18),
 * mdm/commands/system.update.*.yaml, and the page "Removed commands and profiles" of OS 27.
 */

/** `InstallAction` of ScheduleOSUpdate, as Apple spells it. */
export type InstallAction = 'Default' | 'DownloadOnly' | 'InstallASAP' | 'NotifyOnly' | 'InstallLater' | 'InstallForceRestart';

/** ScheduleOSUpdate, AvailableOSUpdates, OSUpdateStatus; visionOS and watchOS never had them. */
const UPDATE_COMMANDS: ByPlatform = {
  ...ios('9.0', '27.0'),
  macOS: { from: '10.11', removedIn: '27.0' },
  tvOS: { from: '12.0', removedIn: '27.0' },
};
/** OSUpdateStatus came to macOS one release later. */
const OS_UPDATE_STATUS: ByPlatform = { ...UPDATE_COMMANDS, macOS: { from: '10.11.5', removedIn: '27.0' } };
/** `ProductVersion` of an update; older systems want the `ProductKey` of AvailableOSUpdates. */
const PRODUCT_VERSION: ByPlatform = { ...ios('11.3'), macOS: { from: '12.0' }, tvOS: { from: '12.2' } };

const ACTIONS: Readonly<Record<InstallAction, ByPlatform>> = {
  Default: UPDATE_COMMANDS,
  DownloadOnly: { ...UPDATE_COMMANDS, macOS: { from: '11.0' } },
  InstallASAP: UPDATE_COMMANDS,
  NotifyOnly: { macOS: { from: '10.11' } },
  InstallLater: { macOS: { from: '10.11' } },
  InstallForceRestart: { macOS: { from: '11.0' } },
};
/** On macOS for updates within a major version alone; an upgrade takes InstallASAP. */
const MINOR_ONLY: ReadonlySet<InstallAction> = new Set(['DownloadOnly', 'InstallLater', 'InstallForceRestart']);
const MAX_USER_DEFERRALS: ByPlatform = { macOS: { from: '12.0' } };
const PRIORITY: ByPlatform = { macOS: { from: '12.3' } };
/** Since then a passcode is no obstacle, and supervision without Automated Device Enrollment is enough. */
const SUPERVISION_ALONE: ByPlatform = { ...ios('10.3'), tvOS: { from: '' }, macOS: { from: '' } };

/** Whether a device takes update commands at all. An unknown version takes none. */
export function updateCommandSupport(platform: Platform, version: OsVersion | undefined): Support {
  return supportOf(UPDATE_COMMANDS, platform, version);
}

export function takesOsUpdateStatus(platform: Platform, version: OsVersion | undefined): boolean {
  return supportOf(OS_UPDATE_STATUS, platform, version) === 'supported';
}

/** False: the update has to be named by the `ProductKey` that the device lists. */
export function takesProductVersion(platform: Platform, version: OsVersion | undefined): boolean {
  return supportOf(PRODUCT_VERSION, platform, version) === 'supported';
}

/** `isMajor`: the update leads to another major version. */
export function takesAction(action: InstallAction, platform: Platform, version: OsVersion | undefined, isMajor: boolean): boolean {
  if (platform === 'macOS' && isMajor && MINOR_ONLY.has(action)) return false;
  return supportOf(ACTIONS[action], platform, version) === 'supported';
}

/** `MaxUserDeferrals`, beside InstallLater and within a major version only. */
export function takesMaxUserDeferrals(platform: Platform, version: OsVersion | undefined, isMajor: boolean): boolean {
  return !isMajor && supportOf(MAX_USER_DEFERRALS, platform, version) === 'supported';
}

/** `Priority`, within a major version only. */
export function takesPriority(platform: Platform, version: OsVersion | undefined, isMajor: boolean): boolean {
  return !isMajor && supportOf(PRIORITY, platform, version) === 'supported';
}

/** Download and installation are two commands there; a Mac does both with one. */
export function installsInTwoSteps(platform: Platform): boolean {
  return platform !== 'macOS';
}

/** A Mac lists what it found at its last scan. */
export function scansForUpdates(platform: Platform): boolean {
  return platform === 'macOS';
}

/** Before iOS 10.3 update commands took Automated Device Enrollment and a device without passcode. */
export function needsDepAndNoPasscode(platform: Platform, version: OsVersion | undefined): boolean {
  return supportOf(SUPERVISION_ALONE, platform, version) === 'too-old';
}

/** Every action but those that only fetch or tell counts as an installation: `Default` installs when the download is there (rule 26). */
export function isInstallAction(action: InstallAction): boolean {
  return action !== 'DownloadOnly' && action !== 'NotifyOnly';
}
