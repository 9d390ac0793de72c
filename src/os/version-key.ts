import type { OsVersion } from './version.ts';

/** A version as one whole number that sorts as versions do: 26.10 above 26.9, 26.3.1 (a) above 26.3.1. Below 2^53. */
export type VersionKey = number;

/** Each part has at most four digits (`parseVersion`), the letter two. */
const PART = 10_000;
const LETTERS = 100;
const BEFORE_A = 'a'.charCodeAt(0) - 1;

export function versionKeyOf({ major, minor, patch, extra }: OsVersion): VersionKey {
  const letter = extra === '' ? 0 : extra.charCodeAt(0) - BEFORE_A;
  return ((major * PART + minor) * PART + patch) * LETTERS + letter;
}

export function versionOfKey(key: VersionKey): OsVersion {
  const letter = key % LETTERS;
  const numbers = Math.floor(key / LETTERS);
  return {
    major: Math.floor(numbers / PART / PART),
    minor: Math.floor(numbers / PART) % PART,
    patch: numbers % PART,
    extra: letter === 0 ? '' : String.fromCharCode(BEFORE_A + letter),
  };
}
