import { createHash } from 'node:crypto';
import { compareVersions, formatVersion, parseVersion, type VersionText } from '../os/version.ts';
import { isUtcDate, type UtcDate } from '../time/utc-date.ts';
import type { SofaAnswer, SofaPlatform, SofaRelease } from './severity.types.ts';

/**
 * Reads a feed of SOFA (https://sofa.macadmins.io), one platform a feed, into a normal form: v1 and v2, v2 before and
 * after 2026-04-11 (snake_case keys to PascalCase, devices from objects to strings). Read is what each release fixes and
 * nothing else. Whatever can't be read is dropped and counted; nothing here throws.
 */

export type SofaReading = { ok: true; answer: SofaAnswer } | { ok: false; detail: string };

/** The longest feed on record has 105 releases; the most CVEs of one are 155. */
const RELEASES_MAX = 2_000;
const CVES_MAX = 5_000;
const BUILDS_MAX = 50;

const CVE = /^CVE-\d{4}-\d{4,7}$/;
const BUILD = /^\d{2}[A-Z]\d{1,7}[a-z]?$/;
/** What v1 names a rapid security response: "RSR_a". */
const RESPONSE = /^RSR_([a-z])$/;

/** What is told of one release, in as many places as tell it. */
interface Gathered {
  builds: Set<string>;
  releaseDate?: UtcDate;
  cves: Set<string>;
  exploited: Set<string>;
  critical: Set<string>;
}

type Loose = Record<string, unknown>;

/** Reads the text of a feed. Text that isn't JSON, or JSON without a list of OS versions, is no feed at all: an outage. */
export function parseSofa(body: string, platform: SofaPlatform): SofaReading {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ok: false, detail: 'The answer is not JSON.' };
  }
  if (!isLoose(value) || !Array.isArray(value.OSVersions)) return { ok: false, detail: 'The answer has no list of OSVersions.' };
  return { ok: true, answer: readSofa(value, platform) };
}

/** Reads a decoded feed. What is of another platform than the one asked for is dropped. */
export function readSofa(value: unknown, platform: SofaPlatform): SofaAnswer {
  const gathered = new Map<VersionText, Gathered>();
  let droppedEntries = 0;
  for (const entry of entriesIn(value)) {
    if (gathered.size >= RELEASES_MAX || !gather(gathered, entry, platform)) droppedEntries += 1;
  }
  const releases = [...gathered].map(([version, told]) => releaseOf(version, told)).sort(newestFirst);
  const said = releases.map(({ version, exploited, critical }) => [version, exploited > 0, critical > 0]);
  return { platform, releases, droppedEntries, digest: createHash('sha256').update(JSON.stringify(said)).digest('hex') };
}

/** Every entry that tells of a release. `Latest` (the first feeds: `LatestOS`) is mostly one of the releases once more. */
function entriesIn(value: unknown): Loose[] {
  if (!isLoose(value)) return [];
  const systems = arrayOf(value.OSVersions).filter(isLoose);
  const improvements = isLoose(value.BackgroundSecurityImprovements) ? Object.values(value.BackgroundSecurityImprovements) : [];
  return [
    ...systems.flatMap((system) => [...arrayOf(system.SecurityReleases), ...[system.Latest, system.LatestOS].filter((one) => one)]),
    ...improvements.flatMap(arrayOf),
  ].map((entry) => (isLoose(entry) ? entry : {}));
}

/** False when the entry can't be used. */
function gather(gathered: Map<VersionText, Gathered>, entry: Loose, platform: SofaPlatform): boolean {
  const version = versionOf(entry);
  if (version === undefined || isOfAnother(entry, platform)) return false;
  const told = gathered.get(version) ?? { builds: new Set(), cves: new Set(), exploited: new Set(), critical: new Set() };
  gathered.set(version, told);
  for (const build of [...arrayOf(entry.AllBuilds), entry.Build, entry.build]) {
    // v1 writes "26A000" where it does not know the build.
    if (typeof build === 'string' && BUILD.test(build) && !build.endsWith('A000') && told.builds.size < BUILDS_MAX) told.builds.add(build);
  }
  const day = textOf(entry.ReleaseDate ?? entry.PostingDate ?? entry.posting_date).slice(0, 10);
  if (told.releaseDate === undefined && isUtcDate(day)) told.releaseDate = day;
  for (const [name, what] of cvesIn(entry.CVEs)) {
    if (!CVE.test(name) || told.cves.size >= CVES_MAX) continue;
    told.cves.add(name);
    const { isExploited, isCritical } = ratingOf(what);
    if (isExploited) told.exploited.add(name);
    if (isCritical) told.critical.add(name);
  }
  for (const name of arrayOf(entry.ActivelyExploitedCVEs)) {
    if (typeof name !== 'string' || !CVE.test(name) || told.exploited.size >= CVES_MAX) continue;
    told.cves.add(name);
    told.exploited.add(name);
  }
  return true;
}

function versionOf(entry: Loose): VersionText | undefined {
  const build = textOf(entry.Build ?? entry.build);
  const response = RESPONSE.exec(textOf(entry.ReleaseType))?.[1];
  const isImprovement = entry.ProductVersion === undefined;
  // Before 2026-04-11 an improvement said which one it is by the last letter of its build alone.
  const extra = response ?? (isImprovement ? textOf(entry.VersionExtra) || /[a-z]$/.exec(build)?.[0] : undefined);
  if (isImprovement && extra === undefined) return undefined;
  const version = parseVersion(textOf(entry.ProductVersion ?? entry.Version ?? entry.version), extra);
  return version && formatVersion(version);
}

/** Feeds of v1 and `Latest` name no platform in places: then it is the feed's. */
function isOfAnother(entry: Loose, platform: SofaPlatform): boolean {
  const name = textOf(entry.ProductName);
  return name !== '' && !(platform === 'iOS' ? /^(iOS|iPadOS)\b/ : new RegExp(`^${platform}\\b`)).test(name);
}

/** `{"CVE-…": …}` in releases, a list of names in improvements. */
function cvesIn(value: unknown): [string, unknown][] {
  return isLoose(value) ? Object.entries(value) : arrayOf(value).flatMap((name) => (typeof name === 'string' ? [[name, {}]] : []));
}

/**
 * v1 says true or false, v2 tells more of some. CISA's catalogue (KEV) lists what is known to be exploited, so to stand in
 * it is the same claim.
 */
function ratingOf(what: unknown): { isExploited: boolean; isCritical: boolean } {
  if (!isLoose(what)) return { isExploited: what === true, isCritical: false };
  const says = (...keys: string[]) => keys.some((key) => what[key] === true);
  return {
    isExploited: says('ActivelyExploited', 'actively_exploited', 'InKEV', 'in_kev'),
    isCritical: textOf(what.Severity ?? what.severity).toLowerCase() === 'critical',
  };
}

function releaseOf(version: VersionText, { builds, releaseDate, cves, exploited, critical }: Gathered): SofaRelease {
  return {
    version,
    builds: [...builds].sort(),
    ...(releaseDate === undefined ? {} : { releaseDate }),
    cves: cves.size,
    exploited: exploited.size,
    critical: critical.size,
  };
}

/** Order of releases; what is no version stays where it is. */
export function newestFirst(a: SofaRelease, b: SofaRelease): number {
  const [left, right] = [parseVersion(a.version), parseVersion(b.version)];
  return left && right ? compareVersions(right, left) : 0;
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 200) : '';
}
