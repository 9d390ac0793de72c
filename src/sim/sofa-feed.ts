import { createHash } from 'node:crypto';
import type { SimCatalogue } from './catalogue.ts';
import type { FeedAnswer, FeedRequest } from './feed.ts';
import type { Prng } from './prng.ts';
import { compareVersionTexts, lookupPlatform, majorOf, postedAt, type Release } from './table.ts';
import { headerOf } from './wire.ts';

/** SOFA's layouts: v1, and v2 before and after its keys changed. */
export type SofaLayout = 'v1' | 'v2-old' | 'v2';

export type SofaPlatformName = 'iOS' | 'macOS' | 'tvOS' | 'visionOS';

/** How it may misbehave; each is drawn per answer, in thousandths. */
export interface SofaFaults {
  /** 200 without any release. */
  emptyPerMille: number;
  /** Every second release missing. */
  shrunkenPerMille: number;
  /** The answer of two months ago. */
  olderPerMille: number;
  /** All releases at once fix what is exploited. */
  surgePerMille: number;
  /** No answer, or 503. */
  outagePerMille: number;
}

export type SofaFault = 'empty' | 'shrunken' | 'older' | 'surge' | 'outage';

export interface SofaOptions {
  /** The layout of each answer; with a change, that of before it. */
  layout: SofaLayout;
  /** From then on (epoch ms) the layout is `v2`. */
  changesAt?: number;
  faults: SofaFaults;
}

/** What it says of one release, and from when to when. */
export interface SofaWord {
  version: string;
  platform: SofaPlatformName;
  severity: 'exploited' | 'critical';
  from: number;
  /** Infinity: it is never taken back. */
  until: number;
}

/** A release as one answer tells of it. */
export interface SofaTold {
  version: string;
  severity?: 'exploited' | 'critical';
}

export interface SimSofa {
  faults: SofaFaults;
  /** Drawn before anything runs. */
  readonly words: readonly SofaWord[];
  /** What an answer at that moment tells, the newest release first. */
  told(platform: SofaPlatformName, at: number, fault?: SofaFault): readonly SofaTold[];
  /** Answers a GET of a platform's feed at the virtual now. */
  handle(path: string, request: FeedRequest): FeedAnswer & { platform?: SofaPlatformName; fault?: SofaFault };
}

export const NO_SOFA_FAULTS: SofaFaults = { emptyPerMille: 0, shrunkenPerMille: 0, olderPerMille: 0, surgePerMille: 0, outagePerMille: 0 };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FILES: Readonly<Record<string, SofaPlatformName>> = {
  'ios_data_feed.json': 'iOS',
  'macos_data_feed.json': 'macOS',
  'tvos_data_feed.json': 'tvOS',
  'visionos_data_feed.json': 'visionOS',
};

type Loose = Record<string, unknown>;

/**
 * SOFA's feeds over the releases of a world. Some of them fix what is exploited, or critical: told at once, or days late; and
 * some of that is wrong and taken back. `pace` shortens the days it takes.
 */
export function createSimSofa(
  options: SofaOptions & { catalogue: SimCatalogue; prng: Prng; now: () => number; start: number; pace?: number },
): SimSofa {
  const { catalogue, prng, now, start, layout, changesAt = Number.POSITIVE_INFINITY } = options;
  const words = drawWords(prng.fork('words'), catalogue, start, options.pace ?? 1);
  const lots = prng.fork('answers');
  const sofa: SimSofa = { faults: options.faults, words, told, handle };

  function handle(path: string, request: FeedRequest): ReturnType<SimSofa['handle']> {
    const at = now();
    const headers: Record<string, string> = { date: new Date(at).toUTCString() };
    const present = layoutAt(at);
    const platform = FILES[path.split('/').at(-1) ?? ''];
    if (platform === undefined || (present === 'v1' && (platform === 'tvOS' || platform === 'visionOS')))
      return { status: 404, headers, body: '', ...(platform ? { platform } : {}) };
    const fault = draw();
    if (fault === 'outage') return { status: 503, headers, body: '', platform, fault };
    const body = JSON.stringify(feedOf(platform, present, at, fault));
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
    const answer = { headers: { ...headers, 'content-type': 'application/json', etag }, platform, ...(fault ? { fault } : {}) };
    return headerOf(request.headers, 'if-none-match') === etag ? { ...answer, status: 304, body: '' } : { ...answer, status: 200, body };
  }

  function draw(): SofaFault | undefined {
    const { emptyPerMille, shrunkenPerMille, olderPerMille, surgePerMille, outagePerMille } = sofa.faults;
    let lot = lots.int(0, 999);
    const rates: [SofaFault, number][] = [
      ['outage', outagePerMille],
      ['empty', emptyPerMille],
      ['shrunken', shrunkenPerMille],
      ['older', olderPerMille],
      ['surge', surgePerMille],
    ];
    for (const [fault, rate] of rates) {
      if (lot < rate) return fault;
      lot -= rate;
    }
    return undefined;
  }

  function layoutAt(at: number): SofaLayout {
    return at >= changesAt ? 'v2' : layout;
  }

  function thenOf(at: number, fault: SofaFault | undefined): number {
    return fault === 'older' ? at - 60 * DAY_MS : at;
  }

  function listed(platform: SofaPlatformName, at: number, fault: SofaFault | undefined): Release[] {
    const then = thenOf(at, fault);
    return catalogue.releases
      .filter((release) => sofaPlatformOf(release) === platform && postedAt(release) + lagOf(release) <= then)
      .sort((a, b) => compareVersionTexts(b.version, a.version))
      .filter((release, index, all) => release.version !== all[index - 1]?.version)
      .filter((_, index) => fault !== 'empty' && (fault !== 'shrunken' || index % 2 === 1));
  }

  /** Without a severity of CVEs the first layout can't tell what is critical. */
  function severityOf(platform: SofaPlatformName, version: string, present: SofaLayout, at: number, fault: SofaFault | undefined) {
    if (fault === 'surge') return 'exploited';
    const word = words.find((one) => one.platform === platform && one.version === version && one.from <= at && at < one.until);
    return word?.severity === 'critical' && present === 'v1' ? undefined : word?.severity;
  }

  function told(platform: SofaPlatformName, at: number, fault?: SofaFault): SofaTold[] {
    return listed(platform, at, fault).map(({ version }) => {
      const severity = severityOf(platform, version, layoutAt(at), thenOf(at, fault), fault);
      return { version, ...(severity ? { severity } : {}) };
    });
  }

  function feedOf(platform: SofaPlatformName, present: SofaLayout, at: number, fault: SofaFault | undefined): Loose {
    const then = thenOf(at, fault);
    const told = listed(platform, at, fault);
    const majors = [...new Set(told.map(({ version }) => majorOf(version)))];
    const OSVersions = majors.map((major) => {
      const releases = told
        .filter(({ version }) => majorOf(version) === major)
        .map((release) => entryOf(release, platform, present, then, fault));
      // It goes missing now and then, and was once only a word.
      const lot = prng.fork(`latest ${platform} ${major} ${Math.floor(at / DAY_MS)}`).int(0, 9);
      const Latest = lot === 0 ? {} : { Latest: lot === 1 ? 'Unknown' : releases[0] };
      return { OSVersion: `${platform} ${major}`, ...Latest, SecurityReleases: releases };
    });
    return { UpdateHash: String(told.length), OSVersions };
  }

  /** Most stand there within the hour, some after days. */
  function lagOf({ branch, version }: Release): number {
    return (
      prng.fork(`lag ${branch} ${version}`).weighted([
        [3, 0.5],
        [1, 40],
      ]) * HOUR_MS
    );
  }

  function entryOf(release: Release, platform: SofaPlatformName, present: SofaLayout, at: number, fault: SofaFault | undefined): Loose {
    const { version, build, posted } = release;
    const severity = severityOf(platform, version, present, at, fault);
    const odd = prng.fork(`date ${version}`);
    const date = odd.chance(0.1) ? `${Number(posted.slice(0, 4)) - odd.int(1, 30)}${posted.slice(4)}` : posted;
    const year = posted.slice(0, 4);
    const name = (index: number) => `CVE-${year}-${10_000 + (Number(version.replaceAll('.', '')) % 9_000) * 10 + index}`;
    const isExploited = severity === 'exploited';
    const isCritical = severity === 'critical';
    const common = { ProductVersion: version, ReleaseDate: present === 'v2-old' ? date : `${date}T00:00:00Z` };
    if (present === 'v1')
      return {
        ...common,
        UpdateName: `${platform} ${version}`,
        ProductName: platform,
        ReleaseType: 'OS',
        Build: odd.chance(0.3) ? `${/^\d+/.exec(build)?.[0]}A000` : build,
        SupportedDevices: [],
        CVEs: { [name(0)]: isExploited, [name(1)]: false },
        ActivelyExploitedCVEs: isExploited ? [name(0)] : [],
        UniqueCVEsCount: 2,
      };
    const isOld = present === 'v2-old';
    const first = isOld
      ? { ...(isExploited ? { actively_exploited: true, in_kev: odd.chance(0.5) } : {}), ...(isCritical ? { severity: 'Critical' } : {}) }
      : { ...(isExploited ? { InKEV: true } : {}), ...(isCritical ? { Severity: 'Critical' } : {}) };
    return {
      ...common,
      ProductName: platform === 'iOS' ? 'iOS and iPadOS' : platform,
      ...(isOld ? {} : { Build: build }),
      AllBuilds: [build],
      SupportedDevices: isOld ? [{ BoardID: 'X' }] : ['X'],
      CVEs: { [name(0)]: first, [name(1)]: {} },
      ActivelyExploitedCVEs: isExploited && isOld ? [name(0)] : [],
    };
  }
  return sofa;
}

/** A fifth of the releases, and more of those that appear in this world; two in three for good. */
function drawWords(prng: Prng, catalogue: SimCatalogue, start: number, pace: number): SofaWord[] {
  const words = new Map<string, SofaWord>();
  for (const release of catalogue.releases) {
    const own = prng.fork(`${sofaPlatformOf(release)} ${release.version}`);
    const platform = sofaPlatformOf(release);
    const key = `${platform} ${release.version}`;
    const isNew = postedAt(release) >= start - 40 * DAY_MS;
    if (words.has(key) || !own.chance(isNew ? 0.5 : 0.1)) continue;
    // Of what was there before, half is known from the first answer on.
    const lateHours = own.pick([0, 0, own.int(1, 12 * 24)]) * pace;
    const from = Math.max(start, postedAt(release)) + lateHours * HOUR_MS - (lateHours === 0 ? DAY_MS : 0);
    const until = own.chance(2 / 3) ? Number.POSITIVE_INFINITY : Math.max(start, from) + own.int(6, 9 * 24) * pace * HOUR_MS;
    const severity = own.chance(0.7) ? 'exploited' : 'critical';
    words.set(key, { version: release.version, platform, severity, from, until });
  }
  return [...words.values()];
}

/** In which of its feeds a release stands; iPads' stand under iOS. */
export function sofaPlatformOf({ branch }: Pick<Release, 'branch'>): SofaPlatformName {
  if (branch.startsWith('tvos')) return 'tvOS';
  return lookupPlatform(branch);
}
