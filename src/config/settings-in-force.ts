import { formatListen } from './setting-values.ts';
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from './settings.ts';
import type { Origins, SettingName, Settings } from './settings.types.ts';

/** A setting as people may see it. */
export type ShownSetting = {
  name: SettingName;
  flag: string;
  variable: string;
  /** Text; "set" for a secret; null when not set. */
  value: string | null;
  origin: string;
};

/** Every setting, its value and where it comes from, without what opens anything. */
export function settingsInForce({ settings, origins }: { settings: Settings; origins: Origins }): ShownSetting[] {
  return SETTING_NAMES.map((name) => {
    const { kind, name: from } = origins[name];
    return {
      name,
      flag: flagOf(name),
      variable: variableOf(name),
      value: valueText(name, settings[name]),
      origin: kind === 'derived' ? `derived from ${from}` : from === '' ? kind : from,
    };
  });
}

function valueText(name: SettingName, value: unknown): string | null {
  if (value === undefined) return null;
  if (SETTINGS[name].isSecret) return 'set';
  if (name === 'listen' || name === 'listenDdm' || name === 'listenPublic')
    return formatListen(value as Parameters<typeof formatListen>[0]);
  // The address, the path, or "off".
  if (name === 'releases' || name === 'sofa') return withoutLogin(String(Object.values(value as object).at(-1)));
  return String(value);
}

/** A mirror's address may open it: who and with what before its name, or a token behind "?". */
function withoutLogin(text: string): string {
  return text.replace(/^(https?:\/\/)[^/]*@/i, '$1').replace(/^(https?:[^?#]*)[?#].*$/is, '$1');
}
