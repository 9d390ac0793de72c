import { type ByPlatform, ios, supportOf } from './bounds.ts';
import type { Platform } from './platform.ts';
import type { OsVersion } from './version.ts';

/**
 * Which device takes which key of `com.apple.configuration.softwareupdate.settings`, as data. Sources: apple/device-management,
 * declarative/declarations/configurations/softwareupdate.settings.yaml (`supportedOS` and `allowed-enrollments` of the
 * declaration and of its keys, releases 18.1 to 27 seeds), and
 * https://developer.apple.com/documentation/devicemanagement/softwareupdatesettings. watchOS has none of it.
 */

/** `allowed-enrollments` of the declaration: macOS lists `supervised` alone, the others `supervised` and `device`. */
const DECLARATION_NEEDS_SUPERVISION: readonly Platform[] = ['macOS'];

const IOS = ios('18.0');
const MACOS: ByPlatform = { macOS: { from: '15.0' } };
const TVOS: ByPlatform = { tvOS: { from: '18.4' } };
const VISIONOS: ByPlatform = { visionOS: { from: '26.0' } };
/** The declaration itself. */
const ALL: ByPlatform = { ...IOS, ...MACOS, ...TVOS, ...VISIONOS };

const NOBODY: readonly Platform[] = [];
/** Every platform but macOS, where the whole declaration needs supervision. */
const SUPERVISED: readonly Platform[] = ['iOS', 'iPadOS', 'tvOS', 'visionOS'];

interface KeyRow {
  on: ByPlatform;
  /** Platforms on which this key is for supervised devices only, though the declaration is not. */
  supervised: readonly Platform[];
}

/** Keys as Apple spells them, those of a dictionary behind a dot, in the order in which they are written. */
export const SETTINGS_KEYS = {
  Notifications: { on: ALL, supervised: NOBODY },
  'Deferrals.CombinedPeriodInDays': { on: { ...IOS, ...TVOS, ...VISIONOS }, supervised: SUPERVISED },
  'Deferrals.MajorPeriodInDays': { on: MACOS, supervised: NOBODY },
  'Deferrals.MinorPeriodInDays': { on: MACOS, supervised: NOBODY },
  'Deferrals.SystemPeriodInDays': { on: MACOS, supervised: NOBODY },
  RecommendedCadence: { on: { ...IOS, ...VISIONOS }, supervised: NOBODY },
  'AutomaticActions.Download': { on: { ...IOS, ...MACOS, ...VISIONOS }, supervised: SUPERVISED },
  'AutomaticActions.InstallOSUpdates': { on: ALL, supervised: SUPERVISED },
  // n/a on iOS in the 18.x schemas, there since that of 26.0.
  'AutomaticActions.InstallSecurityUpdate': { on: { ...ios('26.0'), ...MACOS, ...VISIONOS }, supervised: SUPERVISED },
  'RapidSecurityResponse.Enable': { on: { ...IOS, ...MACOS }, supervised: SUPERVISED },
  'RapidSecurityResponse.EnableRollback': { on: { ...IOS, ...MACOS }, supervised: SUPERVISED },
  AllowStandardUserOSUpdates: { on: MACOS, supervised: NOBODY },
  // macOS has the dictionary since 15.4. Offering programs is for devices that are not supervised too.
  'Beta.ProgramEnrollment': { on: { ...IOS, macOS: { from: '15.4' } }, supervised: SUPERVISED },
  'Beta.OfferPrograms': { on: { ...IOS, macOS: { from: '15.4' } }, supervised: NOBODY },
  'Beta.RequireProgram': { on: { ...IOS, macOS: { from: '15.4' } }, supervised: SUPERVISED },
} as const satisfies Record<string, KeyRow>;

/** A key of the declaration, with its dictionary before a dot. */
export type SettingsKey = keyof typeof SETTINGS_KEYS;

export const SETTINGS_KEY_NAMES = Object.keys(SETTINGS_KEYS) as SettingsKey[];

/** `never`: that platform has not got the key; `unsupervised`: only supervised devices take it. */
export type SettingsSupport = 'supported' | 'too-old' | 'unsupervised' | 'never';

/** Whether a device takes that key. Supervision that is not known counts as none: less is handed out. */
export function settingsKeySupport(
  key: SettingsKey,
  platform: Platform,
  version: OsVersion | undefined,
  isSupervised: boolean | undefined,
): SettingsSupport {
  const support = supportOf(SETTINGS_KEYS[key].on, platform, version);
  if (support === 'too-old') return 'too-old';
  if (support !== 'supported') return 'never';
  return settingsKeyNeedsSupervision(key, platform) && isSupervised !== true ? 'unsupervised' : 'supported';
}

/** First version of that platform with the key; undefined where it has never been. */
export function settingsKeyFrom(key: SettingsKey, platform: Platform): string | undefined {
  const on: ByPlatform = SETTINGS_KEYS[key].on;
  return on[platform]?.from;
}

/** Only supervised devices of that platform take the key. */
export function settingsKeyNeedsSupervision(key: SettingsKey, platform: Platform): boolean {
  const { supervised }: KeyRow = SETTINGS_KEYS[key];
  return supervised.includes(platform) || DECLARATION_NEEDS_SUPERVISION.includes(platform);
}
