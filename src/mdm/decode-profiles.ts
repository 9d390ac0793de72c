import { dictionaryAt, flagAt, isDictionary, numberAt, type PlistDictionary, textAt, valueAt } from './fields.ts';
import type { Deferral } from './messages.ts';

/** What profiles say of software updates, out of answers to other tools' questions: Ratchet asks none of these itself. */

/** Most profiles named. */
const PROFILES_MAX = 5;
const ENTRIES_MAX = 500;

/**
 * Of an answer to Restrictions. Undefined: it is none. Macs answer an empty dictionary.
 * https://developer.apple.com/documentation/devicemanagement/restrictionsresponse
 */
export function decodeDeferral(plist: PlistDictionary): Deferral | undefined {
  const global = dictionaryAt(plist, 'GlobalRestrictions');
  if (global === undefined || Object.keys(global).length === 0) return undefined;
  const days = restrictedValue(global, 'enforcedSoftwareUpdateDelay');
  const isForced = isDeferring(global);
  const byProfile = Object.entries(dictionaryAt(plist, 'ProfileRestrictions') ?? {}).slice(0, ENTRIES_MAX);
  const profiles = byProfile.filter(([, restrictions]) => isDictionary(restrictions) && isDeferring(restrictions));
  return {
    isForced,
    ...(isForced && days !== undefined ? { days } : {}),
    profiles: profiles
      .slice(0, PROFILES_MAX)
      .map(([identifier]) => identifier.slice(0, 256))
      .sort(),
  };
}

function isDeferring(restrictions: PlistDictionary): boolean {
  const flag = dictionaryAt(dictionaryAt(restrictions, 'restrictedBool') ?? {}, 'forceDelayedSoftwareUpdates');
  return flag !== undefined && flagAt(flag, 'value') === true;
}

function restrictedValue(restrictions: PlistDictionary, name: string): number | undefined {
  const value = dictionaryAt(dictionaryAt(restrictions, 'restrictedValue') ?? {}, name);
  return value && numberAt(value, 'value');
}

/**
 * Identifiers of installed profiles with settings of automatic updates; undefined: no answer to ProfileList. What is in a
 * payload it does not tell, so a profile with restrictions says nothing here.
 * https://developer.apple.com/documentation/devicemanagement/profilelistresponse
 */
export function decodeUpdateProfiles(plist: PlistDictionary): string[] | undefined {
  const list = valueAt(plist, 'ProfileList');
  if (!Array.isArray(list)) return undefined;
  return list
    .slice(0, ENTRIES_MAX)
    .filter(isDictionary)
    .filter((profile) => payloadTypes(profile).includes('com.apple.SoftwareUpdate'))
    .flatMap((profile) => textAt(profile, 'PayloadIdentifier') ?? [])
    .slice(0, PROFILES_MAX)
    .sort();
}

function payloadTypes(profile: PlistDictionary): (string | undefined)[] {
  const content = valueAt(profile, 'PayloadContent');
  return Array.isArray(content)
    ? content
        .slice(0, ENTRIES_MAX)
        .filter(isDictionary)
        .map((payload) => textAt(payload, 'PayloadType'))
    : [];
}
