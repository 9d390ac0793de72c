import type { Platform } from '../os/platform.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import { utcDateOf } from '../time/utc-date.ts';
import type {
  Fixes,
  Severities,
  SeverityChange,
  SofaAnswer,
  SofaDoubt,
  SofaPlatform,
  SofaRelease,
  ToldPlatform,
  ToldRelease,
  ToldSeverity,
} from './severity.types.ts';
import { newestFirst } from './sofa.ts';

/**
 * How severe releases are, folded from the feeds of SOFA one after the other (rule 7). More is believed at once: Apple
 * mostly tells of exploitation late. Less is believed when the feed has said so for three days: in the recordings many
 * releases lost their exploited CVEs for hours, and eight were rightly taken back. An answer that looks wrong is not taken at all.
 */

export interface SeverityFold {
  severities: Severities;
  changes: SeverityChange[];
}

/** How long a feed must go on telling of less, or repeat a doubtful answer, to be believed. */
const STANDING_MS = 3 * DAY_MS;
/** Share of the releases told of that may be gone, or turn severe, at once; and how many always may. In the recordings: 4 of 69. */
const CHANGED_SHARE_MAX = 0.2;
const CHANGED_ALWAYS = 5;
/** A release dated later than this is not one yet: a date that far off is a mistake. */
const AHEAD_MAX_MS = 2 * DAY_MS;
/** Held of one platform, the newest; the longest feed on record has 105. */
const HELD_MAX = 500;

const RANK = { standard: 0, critical: 1, exploited: 2 } as const;

export function emptySeverities(): Severities {
  return { schema: 1, platforms: [] };
}

/** Folds an answer of one feed, read at `at` (our clock). Folding the same one again changes `goodAt` only. */
export function foldSofa(severities: Severities, answer: SofaAnswer, at: Instant): SeverityFold {
  const { platform } = answer;
  const told = { ...answer, releases: answer.releases.filter((release) => !isAhead(release, at)) };
  const held = platformOf(severities, platform);
  const objection = doubtOf(held, told);
  if (objection === undefined) return hold(severities, held, told, at);
  const isRepeated = held?.doubt?.digest === answer.digest;
  const since = isRepeated ? (held?.doubt?.since ?? at) : at;
  if (isRepeated && answer.releases.length > 0 && at - since >= STANDING_MS) return hold(severities, held, told, at);
  const doubt = { ...objection, since, digest: answer.digest };
  const next = { ...(held ?? { platform, releases: [], goodAt: 0 }), doubt, candidate: answer };
  return { severities: withPlatform(severities, next), changes: isRepeated ? [] : [{ kind: 'doubtful', platform, doubt }] };
}

/** The feed said "not modified": what it said last, held or doubtful, holds once more. */
export function foldSofaUnchanged(severities: Severities, platform: SofaPlatform, at: Instant): SeverityFold {
  const held = platformOf(severities, platform);
  if (held === undefined) return { severities, changes: [] };
  if (held.candidate) return foldSofa(severities, held.candidate, at);
  return hold(severities, held, { platform, releases: held.releases.flatMap(asLastTold), droppedEntries: 0, digest: '' }, at);
}

/** What was told of a release; undefined when nothing was, which is not the same as `standard`. */
export function toldOf(severities: Severities | undefined, platform: Platform, version: OsVersion): ToldRelease | undefined {
  const text = formatVersion(version);
  return releasesTold(severities, platform).find((release) => release.version === text);
}

/** All that was told of the platform a device is of, newest first. */
export function releasesTold(severities: Severities | undefined, platform: Platform): readonly ToldRelease[] {
  const key = platform === 'iPadOS' ? 'iOS' : platform;
  return severities?.platforms.find((one) => one.platform === key)?.releases ?? NOTHING;
}

const NOTHING: readonly ToldRelease[] = [];

/** Exploited CVEs weigh more than critical ones, whatever their number. */
export function severityOf({ exploited, critical }: Fixes): ToldSeverity {
  return exploited > 0 ? 'exploited' : critical > 0 ? 'critical' : 'standard';
}

/** True when `a` is the more urgent one. */
export function isMoreSevere(a: ToldSeverity, b: ToldSeverity): boolean {
  return RANK[a] > RANK[b];
}

/** What decisions see of it: the same for the same severities, however often feeds were read. */
export function severityDigest(severities: Severities): unknown {
  return severities.platforms.map(({ platform, releases }) => [
    platform,
    releases
      .filter((release) => severityOf(release) !== 'standard')
      .map(({ version, severeSince, exploited }) => [version, severeSince, exploited > 0]),
  ]);
}

/** What speaks against an answer, judged against what is held of its feed. */
function doubtOf(held: ToldPlatform | undefined, { releases }: SofaAnswer): Pick<SofaDoubt, 'kind' | 'detail'> | undefined {
  if (releases.length === 0) return { kind: 'empty', detail: 'The feed lists no release.' };
  const known = (held?.releases ?? []).filter(({ isTold }) => isTold);
  if (known.length === 0) return undefined;
  const now = new Map(releases.map((release) => [release.version, release]));
  const [newestHeld, newestNow] = [parseVersion(known[0]?.version), parseVersion(releases[0]?.version)];
  if (newestHeld && newestNow && compareVersions(newestNow, newestHeld) < 0)
    return { kind: 'older', detail: `The feed's newest release is ${releases[0]?.version}, and ${known[0]?.version} was told of before.` };
  const gone = known.filter(({ version }) => !now.has(version)).length;
  const most = Math.max(CHANGED_ALWAYS, known.length * CHANGED_SHARE_MAX);
  if (gone > most) return { kind: 'shrunk', detail: `${gone} of ${known.length} releases are gone from the feed.` };
  const raised = known.filter((release) => isMoreSevere(severityOf(now.get(release.version) ?? release), severityOf(release))).length;
  if (raised > most) return { kind: 'surge', detail: `${raised} of ${known.length} releases are said to be severe all at once.` };
  return undefined;
}

/** Makes an answer the held one. */
function hold(severities: Severities, held: ToldPlatform | undefined, answer: SofaAnswer, at: Instant): SeverityFold {
  const { platform } = answer;
  const changes: SeverityChange[] = held?.doubt ? [{ kind: 'doubt-ended', platform }] : [];
  const before = new Map((held?.releases ?? []).map((release) => [release.version, release]));
  const releases: ToldRelease[] = [];
  for (const release of answer.releases) {
    const known = before.get(release.version);
    before.delete(release.version);
    if (known === undefined) {
      releases.push({ ...release, firstToldAt: at, severeSince: at, isTold: true });
      if (held?.releases.length) changes.push({ kind: 'told', platform, version: release.version });
      continue;
    }
    const next = join(known, release, at);
    const [from, to] = [severityOf(known), severityOf(next)];
    if (from !== to) changes.push({ kind: 'severity', platform, version: release.version, from, to });
    releases.push(next);
  }
  // Feeds leave out old releases in the course of time: that takes nothing back.
  for (const { less: _forgotten, ...release } of before.values()) releases.push({ ...release, isTold: false });
  releases.sort(newestFirst);
  return { severities: withPlatform(severities, { platform, releases: releases.slice(0, HELD_MAX), goodAt: at }), changes };
}

function join({ less, ...known }: ToldRelease, told: SofaRelease, at: Instant): ToldRelease {
  const [was, is] = [severityOf(known), severityOf(told)];
  if (isMoreSevere(was, is)) {
    const since = less?.since ?? at;
    const { cves, exploited, critical } = told;
    if (at - since < STANDING_MS) return { ...known, isTold: true, less: { since, cves, exploited, critical } };
  }
  return { ...known, ...told, isTold: true, severeSince: was === is ? known.severeSince : at };
}

/** Of what is held, what the feed said last: "not modified" repeats that. */
function asLastTold({ firstToldAt: _first, severeSince: _since, isTold, less, ...release }: ToldRelease): SofaRelease[] {
  if (!isTold) return [];
  return [less === undefined ? release : { ...release, cves: less.cves, exploited: less.exploited, critical: less.critical }];
}

function isAhead({ releaseDate }: SofaRelease, at: Instant): boolean {
  return releaseDate !== undefined && releaseDate > utcDateOf(at + AHEAD_MAX_MS);
}

function platformOf({ platforms }: Severities, platform: SofaPlatform): ToldPlatform | undefined {
  return platforms.find((one) => one.platform === platform);
}

function withPlatform(severities: Severities, next: ToldPlatform): Severities {
  const others = severities.platforms.filter(({ platform }) => platform !== next.platform);
  return { ...severities, platforms: [...others, next].sort((a, b) => (a.platform < b.platform ? -1 : 1)) };
}
