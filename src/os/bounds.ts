import type { Platform } from './platform.ts';
import type { OsVersion } from './version.ts';
import { compareVersions, parseVersion } from './version.ts';

/** From which OS on something exists, and since when no longer: what the tables of this room are made of. */

/** First and, where Apple removed it, first version without it. Text "" means "every version". */
export interface Availability {
  from: string;
  removedIn?: string;
}
export type ByPlatform = Readonly<Partial<Record<Platform, Availability>>>;

/** The same bounds for iPhone and iPad: Apple's tables know one iOS only. */
export function ios(from: string, removedIn?: string): ByPlatform {
  return { iOS: { from, removedIn }, iPadOS: { from, removedIn } };
}

export type Support = 'supported' | 'too-old' | 'removed' | 'never';

/** The tables' versions, parsed once: a decision compares some 40 of them. */
const parsedBounds = new Map<string, OsVersion | undefined>();

function boundOf(text: string | undefined): OsVersion | undefined {
  if (text === undefined) return undefined;
  if (!parsedBounds.has(text)) parsedBounds.set(text, parseVersion(text));
  return parsedBounds.get(text);
}

/** An unknown version counts as older than any bound and newer than any removal: only what always was there is supported. */
export function supportOf(row: ByPlatform | undefined, platform: Platform, version: OsVersion | undefined): Support {
  const bounds = row?.[platform];
  if (bounds === undefined) return 'never';
  if (version === undefined) return bounds.from === '' && bounds.removedIn === undefined ? 'supported' : 'too-old';
  const from = boundOf(bounds.from);
  if (from !== undefined && compareVersions(version, from) < 0) return 'too-old';
  const removed = boundOf(bounds.removedIn);
  return removed !== undefined && compareVersions(version, removed) >= 0 ? 'removed' : 'supported';
}
