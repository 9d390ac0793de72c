import { createHash } from 'node:crypto';
import type { SimCatalogue } from './catalogue.ts';
import { type FeedOddities, type LooseAnswer, makeOdd } from './feed-oddities.ts';
import type { PmvAsset, PmvSet } from './pmv.types.ts';
import type { Prng } from './prng.ts';
import { type Branch, compareVersionTexts, lookupPlatform, MODELS, postedAt, type Release, twinOf } from './table.ts';
import { headerOf } from './wire.ts';

export interface PmvAnswer {
  PublicAssetSets: PmvSet;
  AssetSets: PmvSet;
  PublicBackgroundSecurityImprovements: PmvSet;
}

/** How the service may misbehave; each is drawn per answer, in thousandths. */
export interface FeedFaults extends FeedOddities {
  /** 200 with all sets empty, as on 2024-11-14 and 2025-05-21. */
  emptyPerMille: number;
  /** Every second device missing, everywhere: half of what is offered, also where a release has two builds and stands in two sets. */
  shrunkenPerMille: number;
  /** The answer of a week ago. */
  olderPerMille: number;
  /** 429, 403 or 503 instead of an answer. */
  outagePerMille: number;
}

/** A release taken back from some models between two instants, in AssetSets still there. */
export interface Withdrawal {
  branch: Branch;
  version: string;
  deviceIds: readonly string[];
  from: number;
  until: number;
}

export interface FeedRequest {
  headers: Record<string, string>;
}

export interface FeedAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface SimFeed {
  faults: FeedFaults;
  withdrawals: Withdrawal[];
  /** The sets as they are at an instant, without faults, in a fixed order. */
  build(at: number): PmvAnswer;
  /** Answers a GET at the virtual now; conditional by If-None-Match. */
  handle(request: FeedRequest): FeedAnswer;
  /** What each request was answered with. */
  readonly log: { at: number; status: number; fault?: string; odd?: readonly string[] }[];
}

export const NO_FEED_FAULTS: FeedFaults = {
  emptyPerMille: 0,
  shrunkenPerMille: 0,
  olderPerMille: 0,
  outagePerMille: 0,
  wrongDatesPerMille: 0,
  reorderedPerMille: 0,
  unknownKeysPerMille: 0,
  oldNamesPerMille: 0,
  buildTwicePerMille: 0,
};

const DAY_MS = 86_400_000;
/** Superseded releases stay in AssetSets this long. */
const AFTERLIFE_DAYS = 90;

/** Other products under the iOS key that share version numbers with phones; no simulated device is one. */
const NOISE = [
  { version: '26.6', build: '23U67', posted: '2026-07-27', devices: ['Watch6,1', 'Watch6,10', 'Watch7,5'] },
  { version: '10.6.2', build: '21U594', posted: '2026-07-27', devices: ['Watch4,1', 'Watch4,2'] },
  { version: '26.6', build: '23L773', posted: '2026-07-27', devices: ['AudioAccessory5,1', 'AudioAccessory6,1'] },
];

export function createSimFeed(options: { catalogue: SimCatalogue; prng: Prng; now: () => number; faults?: Partial<FeedFaults> }): SimFeed {
  const { catalogue, prng, now } = options;
  const log: SimFeed['log'] = [];
  const oddities = prng.fork('oddities');
  const feed: SimFeed = {
    faults: { ...NO_FEED_FAULTS, ...options.faults },
    withdrawals: [],
    log,
    build: (at) => buildPmv(catalogue, at, feed.withdrawals),
    handle(request) {
      const at = now();
      const answer = draw(at);
      const headers: Record<string, string> = { date: new Date(at).toUTCString(), ...answer.headers };
      let { status, body } = answer;
      if (status === 200) {
        headers['content-type'] = 'application/json';
        headers.etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
        if (headerOf(request.headers, 'if-none-match') === headers.etag) {
          status = 304;
          body = '';
        }
      }
      log.push({ at, status, ...(answer.fault ? { fault: answer.fault } : {}), ...(answer.odd?.length ? { odd: answer.odd } : {}) });
      return { status, headers, body };
    },
  };

  function draw(at: number): { status: number; headers?: Record<string, string>; body: string; fault?: string; odd?: string[] } {
    const lot = prng.int(0, 999);
    const { emptyPerMille, shrunkenPerMille, olderPerMille, outagePerMille } = feed.faults;
    if (lot < outagePerMille) {
      const status = prng.pick([403, 429, 503]);
      return { status, body: '', fault: 'outage', ...(status === 429 ? { headers: { 'retry-after': '3600' } } : {}) };
    }
    if (lot < outagePerMille + emptyPerMille) {
      const empty = { PublicAssetSets: {}, AssetSets: {}, PublicBackgroundSecurityImprovements: {} };
      return { status: 200, body: JSON.stringify(empty), fault: 'empty' };
    }
    if (lot < outagePerMille + emptyPerMille + shrunkenPerMille) {
      return { status: 200, ...serialize(halve(feed.build(at)), at), fault: 'shrunken' };
    }
    if (lot < outagePerMille + emptyPerMille + shrunkenPerMille + olderPerMille) {
      return { status: 200, ...serialize(feed.build(at - 7 * DAY_MS), at - 7 * DAY_MS), fault: 'older' };
    }
    return { status: 200, ...serialize(feed.build(at), at) };
  }

  /** The order of entries changes from day to day, as Apple's does; on one day it is the same. */
  function serialize(answer: PmvAnswer, at: number): { body: string; odd: string[] } {
    const order = prng.fork(`order ${Math.floor(at / DAY_MS)}`);
    const shuffled = Object.entries(answer).map(([set, platforms]) => [
      set,
      Object.fromEntries(Object.entries(platforms as PmvSet).map(([platform, assets]) => [platform, order.shuffle(assets)])),
    ]);
    const made = makeOdd(Object.fromEntries(shuffled) as LooseAnswer, feed.faults, oddities);
    return { body: JSON.stringify(made.answer), odd: made.odd };
  }
  return feed;
}

/** The newest release of one line, taken back from half of the models it is the last line of. */
export function drawWithdrawal(prng: Prng, catalogue: SimCatalogue, start: number, pace = 1): Withdrawal[] {
  const branch = prng.pick(['ios26', 'ios27', 'macos26', 'macos27'] as const);
  const hourMs = (DAY_MS / 24) * pace;
  const from = start + Math.round(prng.int(6, 8 * 24) * hourMs);
  const released = catalogue.releases.filter((release) => release.branch === branch && postedAt(release) <= from);
  const newest = released.sort((a, b) => compareVersionTexts(a.version, b.version)).at(-1);
  const models = prng.shuffle(MODELS.filter((model) => model.branches.at(-1) === branch));
  const deviceIds = models.slice(0, Math.ceil(models.length / 2)).map((model) => model.deviceId);
  return newest === undefined
    ? []
    : [{ branch, version: newest.version, deviceIds, from, until: from + Math.round(prng.int(20, 4 * 24) * hourMs) }];
}

function halve(answer: PmvAnswer): PmvAnswer {
  const all = Object.values(answer.AssetSets).flatMap((assets) => assets.flatMap((asset) => asset.SupportedDevices));
  const missing = new Set([...new Set(all)].sort().filter((_, index) => index % 2 === 1));
  const rest = (asset: PmvAsset) => ({ ...asset, SupportedDevices: asset.SupportedDevices.filter((id) => !missing.has(id)) });
  const half = (set: PmvSet) =>
    Object.fromEntries(
      Object.entries(set).map(([platform, assets]) => [platform, assets.map(rest).filter((asset) => asset.SupportedDevices.length > 0)]),
    );
  return { ...answer, PublicAssetSets: half(answer.PublicAssetSets), AssetSets: half(answer.AssetSets) };
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function buildPmv(catalogue: SimCatalogue, at: number, withdrawals: readonly Withdrawal[]): PmvAnswer {
  const answer: PmvAnswer = {
    PublicAssetSets: { iOS: [], macOS: [], visionOS: [] },
    AssetSets: { iOS: [], macOS: [], visionOS: [] },
    PublicBackgroundSecurityImprovements: { iOS: [], macOS: [] },
  };
  const branches = new Set(catalogue.releases.map((release) => release.branch));
  for (const branch of branches) {
    const released = catalogue.releases
      .filter((release) => release.branch === branch && postedAt(release) <= at)
      .sort((a, b) => compareVersionTexts(a.version, b.version));
    const devices = catalogue.models.filter((model) => model.branches.includes(branch)).map((model) => model.deviceId);
    released.forEach((release, index) => {
      const successor = released[index + 1];
      const retiredAt = successor ? postedAt(successor) + AFTERLIFE_DAYS * DAY_MS : undefined;
      if (retiredAt !== undefined && retiredAt < at) return;
      const expires = day(retiredAt ?? at + AFTERLIFE_DAYS * DAY_MS);
      add(answer.AssetSets, release, devices, expires);
      if (successor) return;
      const withdrawn = withdrawals
        .filter((w) => w.branch === branch && w.version === release.version && w.from <= at && at < w.until)
        .flatMap((w) => w.deviceIds);
      add(
        answer.PublicAssetSets,
        release,
        devices.filter((id) => !withdrawn.includes(id)),
        expires,
      );
    });
  }
  for (const { version, build, posted, devices } of NOISE) {
    if (Date.parse(posted) > at) continue;
    const asset = {
      ProductVersion: version,
      Build: build,
      PostingDate: posted,
      ExpirationDate: day(at + AFTERLIFE_DAYS * DAY_MS),
      SupportedDevices: devices,
    };
    answer.PublicAssetSets.iOS?.push(asset);
    answer.AssetSets.iOS?.push({ ...asset });
  }
  addImprovements(answer, at);
  return answer;
}

function add(set: PmvSet, release: Release, devices: string[], expires: string): void {
  if (devices.length === 0) return;
  for (const build of [release.build, twinOf(release)]) {
    if (build === undefined) continue;
    set[lookupPlatform(release.branch)]?.push({
      ProductVersion: release.version,
      Build: build,
      PostingDate: release.posted,
      ExpirationDate: expires,
      SupportedDevices: [...devices],
    });
  }
}

/** 26.3.1 (a) of March 2026 is still listed, rolling, half a year after 26.4 replaced it. */
function addImprovements(answer: PmvAnswer, at: number): void {
  if (at < Date.parse('2026-03-17T17:00:00Z')) return;
  const expires = day(at + AFTERLIFE_DAYS * DAY_MS);
  const common = { ProductVersion: '26.3.1', ProductVersionExtra: '(a)', PostingDate: '2026-03-17', ExpirationDate: expires };
  const on = (branch: Branch) => MODELS.filter((model) => model.branches.includes(branch)).map((model) => model.deviceId);
  answer.PublicBackgroundSecurityImprovements.iOS?.push({
    ...common,
    Build: '23D771330a',
    PrerequisiteBuild: '23D8133',
    SupportedDevices: on('ios26'),
  });
  answer.PublicBackgroundSecurityImprovements.macOS?.push({
    ...common,
    Build: '25D771280a',
    PrerequisiteBuild: '25D2128',
    SupportedDevices: on('macos26').filter((id) => id !== 'J700AP'),
  });
}
