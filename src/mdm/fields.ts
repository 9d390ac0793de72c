/**
 * Reading single values out of a parsed property list. Devices write the same fact in several shapes (integers
 * for booleans, blanks for "nothing"), so nothing here throws: what can't be read is absent.
 */

export type PlistDictionary = { readonly [key: string]: unknown };

/** Longest string kept of any field that has no limit of its own. */
export const textMax = 256;

export function isDictionary(value: unknown): value is PlistDictionary {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    Object.prototype.toString.call(value) === '[object Object]'
  );
}

/** The own value of that key; a key that only the prototype has is absent. */
export function valueAt(dictionary: PlistDictionary, key: string): unknown {
  return Object.hasOwn(dictionary, key) ? dictionary[key] : undefined;
}

/** A string as it came, cut to `max` UTF-16 units. */
export function rawTextAt(dictionary: PlistDictionary, key: string, max: number = textMax): string | undefined {
  const value = valueAt(dictionary, key);
  return typeof value === 'string' ? value.slice(0, max) : undefined;
}

/** A string without surrounding blanks; a blank one is absent (devices answer a version of " "). */
export function textAt(dictionary: PlistDictionary, key: string, max: number = textMax): string | undefined {
  return rawTextAt(dictionary, key, max)?.trim() || undefined;
}

/** Longest name kept of a device, in UTF-16 units. */
const nameMax = 200;

/** Control characters, line and paragraph separators, what turns the direction of text around, and halves of a character. */
const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** A name that a person gave, as one line that can be shown anywhere; absent when nothing is left of it. */
export function nameAt(dictionary: PlistDictionary, key: string): string | undefined {
  return rawTextAt(dictionary, key, nameMax)?.replace(NOT_IN_NAMES, ' ').replace(/\s+/g, ' ').trim() || undefined;
}

/** A finite number, from an integer, a big integer or a real. */
export function numberAt(dictionary: PlistDictionary, key: string): number | undefined {
  const value = valueAt(dictionary, key);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A boolean; iOS 11.3 sends 0 and 1 as integers. */
export function flagAt(dictionary: PlistDictionary, key: string): boolean | undefined {
  const value = valueAt(dictionary, key);
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 1n || value === 'true') return true;
  if (value === 0 || value === 0n || value === 'false') return false;
  return undefined;
}

export function dictionaryAt(dictionary: PlistDictionary, key: string): PlistDictionary | undefined {
  const value = valueAt(dictionary, key);
  return isDictionary(value) ? value : undefined;
}

/** The same object without its undefined fields, so that decoded messages compare and store without holes. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
