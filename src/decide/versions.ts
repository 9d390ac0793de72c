import { compareVersions, type OsVersion, parseVersion, type VersionText } from '../os/version.ts';
import type { Enforcement } from './manifest.ts';

/** Observed at or above that version. */
export function isAtLeast({ version }: { version: OsVersion | undefined }, text: VersionText): boolean {
  const other = parseVersion(text);
  return version !== undefined && other !== undefined && compareVersions(version, other) >= 0;
}

/** The version of what is enforced with its extra, which TargetOSVersion leaves out: "40.3.1 (a)". */
export function versionOf({ release }: Pick<Enforcement, 'release'>): VersionText {
  return release.slice(release.indexOf(' ') + 1);
}

export function isAtVersion(version: OsVersion | undefined, other: OsVersion): boolean {
  return version !== undefined && compareVersions(version, other) === 0;
}
