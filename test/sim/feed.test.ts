import { describe, expect, it } from 'vitest';
import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import { createSimFeed, type PmvAnswer } from '../../src/sim/feed.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { MODELS, postedAt, RELEASES, twinOf } from '../../src/sim/table.ts';

const START = Date.parse('2026-10-05T06:00:00Z');
const DAY = 86_400_000;

function setUp(newReleaseDays = 0) {
  let now = START;
  const catalogue = createSimCatalogue(createPrng('feed'), START, newReleaseDays);
  const feed = createSimFeed({ catalogue, prng: createPrng('feed'), now: () => now });
  const read = (headers = {}) => feed.handle({ headers });
  const parse = () => JSON.parse(read().body) as PmvAnswer;
  return { catalogue, feed, read, parse, wait: (days: number) => (now += days * DAY) };
}

function offered(answer: PmvAnswer, set: 'PublicAssetSets' | 'AssetSets', device: string): string[] {
  const assets = Object.values(answer[set]).flat();
  return [...new Set(assets.filter((asset) => asset.SupportedDevices.includes(device)).map((asset) => asset.ProductVersion))];
}

describe('table', () => {
  it('knows every model and version once, and has builds that look like builds', () => {
    expect(new Set(MODELS.map((model) => model.deviceId)).size).toBe(MODELS.length);
    for (const release of RELEASES) {
      expect(release.build).toMatch(/^\d{2}[A-Z]\d+$/);
      expect(Number.isNaN(postedAt(release))).toBe(false);
    }
  });

  it.each([
    ['23G83', 'ios26', '23G6083'],
    ['22A3370', 'ios18', '22A6370'],
    ['23D8133', 'ios26', '23D9133'],
    ['25G83', 'macos26', undefined],
  ] as const)('gives %s of %s the twin %s', (build, branch, twin) => {
    expect(twinOf({ build, branch, version: '', posted: '', isInvented: false })).toBe(twin);
  });
});

describe('feed', () => {
  it('lists the newest of each line as public, older ones only for managed devices, by product or board id', () => {
    const answer = setUp().parse();
    expect(offered(answer, 'PublicAssetSets', 'iPhone15,2').sort()).toEqual(['18.7.8', '26.7', '27.0.1']);
    expect(offered(answer, 'PublicAssetSets', 'iPhone11,8').sort()).toEqual(['17.7.11', '18.7.10']);
    expect(offered(answer, 'AssetSets', 'J413AP')).toEqual(expect.arrayContaining(['26.6.2', '26.7', '27.0', '27.0.1']));
    expect(offered(answer, 'PublicAssetSets', 'J413AP')).not.toContain('26.6.2');
    expect(offered(answer, 'AssetSets', 'Mac14,2')).toEqual([]);
    expect(offered(answer, 'AssetSets', 'iPhone99,9')).toEqual([]);
    expect(Object.keys(answer)).toEqual(['PublicAssetSets', 'AssetSets', 'PublicBackgroundSecurityImprovements']);
    expect(Object.keys(answer.AssetSets)).toEqual(['iOS', 'macOS', 'visionOS']);
  });

  it('has the same version several times under the iOS key: twins, watches, loudspeakers, televisions', () => {
    const ios =
      setUp()
        .parse()
        .PublicAssetSets.iOS?.filter((asset) => asset.ProductVersion === '26.6') ?? [];
    expect(new Set(ios.map((asset) => asset.Build))).toEqual(new Set(['23L773', '23L6773', '23U67']));
  });

  it('rolls the expiry of what is current, and keeps that of what is not', () => {
    const { parse, wait } = setUp();
    const expiry = (version: string) => parse().AssetSets.iOS?.find((asset) => asset.ProductVersion === version)?.ExpirationDate;
    expect([expiry('27.0.1'), expiry('26.6.1')]).toEqual(['2027-01-03', '2026-12-13']);
    wait(2);
    expect([expiry('27.0.1'), expiry('26.6.1')]).toEqual(['2027-01-05', '2026-12-13']);
  });

  it('changes its order from day to day, not within one, and answers conditionally', () => {
    const { read, feed, wait } = setUp();
    const first = read();
    expect(read().body).toBe(first.body);
    expect(read({ 'If-None-Match': first.headers.etag }).status).toBe(304);
    wait(1);
    const order = (body: string) => (JSON.parse(body) as PmvAnswer).AssetSets.iOS?.map((asset) => asset.Build);
    expect(order(read().body)).not.toEqual(order(first.body));
    expect(order(read().body)?.sort()).toEqual(order(first.body)?.sort());
    expect(feed.log.map((entry) => entry.status)).toEqual([200, 200, 304, 200, 200]);
  });

  it('lets invented releases appear within the days given and not after', () => {
    const { catalogue, parse, wait } = setUp(10);
    const newer = catalogue.releases.filter((release) => postedAt(release) > START);
    expect(newer.length).toBeGreaterThan(0);
    for (const release of newer) expect([release.isInvented, postedAt(release) <= START + 11 * DAY]).toEqual([true, true]);
    const versions = (answer: PmvAnswer) =>
      new Set(
        Object.values(answer.AssetSets)
          .flat()
          .map((asset) => asset.Build),
      );
    expect(versions(parse())).not.toContain(newer[0]?.build);
    wait(11);
    for (const release of newer) expect(versions(parse())).toContain(release.build);
  });

  it('withdraws a release from some models, in the public set alone', () => {
    const { feed, parse } = setUp();
    feed.withdrawals.push({ branch: 'ios27', version: '27.0.1', deviceIds: ['iPad16,3'], from: START, until: START + DAY });
    expect(offered(parse(), 'PublicAssetSets', 'iPad16,3')).not.toContain('27.0.1');
    expect(offered(parse(), 'AssetSets', 'iPad16,3')).toContain('27.0.1');
    expect(offered(parse(), 'PublicAssetSets', 'iPhone15,2')).toContain('27.0.1');
  });

  it.each([
    ['emptyPerMille', 'empty'],
    ['shrunkenPerMille', 'shrunken'],
    ['olderPerMille', 'older'],
    ['outagePerMille', 'outage'],
  ] as const)('can fail: %s', (fault, name) => {
    const { feed, read } = setUp();
    const whole = read().body;
    feed.faults[fault] = 1000;
    const answer = read();
    expect(feed.log.at(-1)?.fault).toBe(name);
    if (name === 'outage') expect([403, 429, 503]).toContain(answer.status);
    else {
      expect(answer.status).toBe(200);
      expect(answer.body).not.toBe(whole);
    }
    if (name === 'empty') expect(answer.body.length).toBeLessThan(100);
  });
});
