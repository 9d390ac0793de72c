import type { SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import type { Platform } from '../os/platform.ts';
import { SETTINGS_KEY_NAMES, type SettingsKey, type SettingsSupport, settingsKeySupport } from '../os/settings-support.ts';
import type { OsVersion } from '../os/version.ts';
import { setIn, settingOf } from './settings-keys.ts';

/** What decides which keys a device takes. */
export interface SettingsDevice {
  platform: Platform;
  version: OsVersion | undefined;
  isSupervised: boolean | undefined;
}

/** The settings of one device. */
export interface DeviceSettings {
  /** Undefined when nothing is left. */
  settings: SoftwareUpdateSettings | undefined;
  /** Keys of the policy that it does not get, in Apple's order. */
  leftOut: { key: SettingsKey; because: Exclude<SettingsSupport, 'supported'> }[];
}

/**
 * Of the settings of a policy those the device takes: a device refuses a whole declaration for one key it does not know
 * (Error.UnknownPayloadKeys).
 */
export function settingsFor(wanted: SoftwareUpdateSettings, { platform, version, isSupervised }: SettingsDevice): DeviceSettings {
  const settings: SoftwareUpdateSettings = {};
  const leftOut: DeviceSettings['leftOut'] = [];
  for (const key of SETTINGS_KEY_NAMES) {
    const value = settingOf(wanted, key);
    if (value === undefined) continue;
    const support = settingsKeySupport(key, platform, version, isSupervised);
    if (support === 'supported') setIn(settings, key, value);
    else leftOut.push({ key, because: support });
  }
  return { settings: Object.keys(settings).length === 0 ? undefined : settings, leftOut };
}

/**
 * What stays on a device after `stop`: all but the automatic actions that are always on, which bring updates by
 * themselves. Without the rest (deferrals, AlwaysOff) users would be offered more than before, and that is no stop.
 */
export function withoutAlwaysOn(settings: SoftwareUpdateSettings): SoftwareUpdateSettings | undefined {
  const { AutomaticActions, ...rest } = settings;
  const actions = Object.fromEntries(Object.entries(AutomaticActions ?? {}).filter(([, value]) => value !== 'AlwaysOn'));
  const kept: SoftwareUpdateSettings = { ...rest, ...(Object.keys(actions).length === 0 ? {} : { AutomaticActions: actions }) };
  return Object.keys(kept).length === 0 ? undefined : kept;
}
