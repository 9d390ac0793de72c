import { describe, expect, it } from 'vitest';
import { bundleOf, mergeBundle, type ReleasesBundle, readBundle } from '../../src/releases/bundle.ts';
import { emptyCatalogue, foldAnswer } from '../../src/releases/catalogue.ts';
import type { Catalogue } from '../../src/releases/catalogue.types.ts';
import { offersFor } from '../../src/releases/offers.ts';
import { answerOf, day, FIRST_DAY, PHONES, type Row } from './fixtures/answers.ts';

const NEXT: Row[] = [...FIRST_DAY, { release: 'iOS 40.2', build: '40C1', devices: PHONES }];
const IMPROVED: Row[] = [
  ...FIRST_DAY,
  { release: 'iOS 40.1 (a)', build: '40B10a', devices: PHONES, only: 'improvement', prerequisite: '40B10' },
  { release: 'iOS 40.1 (a)', build: '40B6010a', devices: PHONES, only: 'improvement', prerequisite: '40B6010' },
];

function heldAfter(...answers: [number, readonly Row[]][]): Catalogue {
  return answers.reduce(
    (catalogue, [days, rows]) => foldAnswer(catalogue, answerOf(day(days), rows), day(days)).catalogue,
    emptyCatalogue(),
  );
}

/** As it arrives: written and read. */
function carried(catalogue: Catalogue, exportedAt: number): ReleasesBundle {
  const read = readBundle(JSON.parse(JSON.stringify(bundleOf(catalogue, 'https://gdmf.apple.com/v2/pmv', exportedAt))), exportedAt);
  if (!read.ok) throw new Error(read.detail);
  return read.bundle;
}

const seen = (catalogue: Catalogue, device: string) =>
  Object.fromEntries(
    offersFor(catalogue, device).map(({ release, firstSeenAt, isListed }) => [release, isListed ? firstSeenAt : 'not listed']),
  );

describe('a bundle', () => {
  it('brings the whole list to an installation that has none, first-seen instants included', () => {
    const there = heldAfter([0, FIRST_DAY], [5, IMPROVED]);
    const { fold, taken } = mergeBundle(undefined, carried(there, day(6)), day(20));
    expect(taken).toBe('all');
    expect(fold.catalogue).toEqual(there);
    expect(mergeBundle(emptyCatalogue(), carried(there, day(6)), day(20)).fold.catalogue).toEqual(there);
  });

  it('leaves a doubtful answer of the exporter behind', () => {
    const there = foldAnswer(heldAfter([0, FIRST_DAY]), answerOf(day(1), []), day(1)).catalogue;
    expect(there.doubt?.kind).toBe('empty');
    expect(mergeBundle(undefined, carried(there, day(1)), day(1)).fold.catalogue).not.toHaveProperty('doubt');
  });

  it('with a newer list is an answer like Apple’s, first seen when it was seen there', () => {
    const here = heldAfter([0, FIRST_DAY]);
    const there = heldAfter([2, FIRST_DAY], [7, NEXT]);
    const { fold, taken, earlier } = mergeBundle(here, carried(there, day(8)), day(9));
    expect([taken, earlier, fold.alerts]).toEqual(['newer', 0, []]);
    expect(seen(fold.catalogue, 'iPhone90,1')).toEqual({ 'iOS 40.2': day(7), 'iOS 40.1': day(0), 'iOS 40.0': day(0) });
    // What is held now is what the same answer would have given.
    const direct = foldAnswer(here, answerOf(day(7), NEXT), day(9)).catalogue;
    expect(fold.catalogue).toMatchObject({ heldDigest: direct.heldDigest, rollingDate: direct.rollingDate, lastCheckedAt: day(9) });
    expect(fold.catalogue.releases.map(({ key }) => key)).toEqual(direct.releases.map(({ key }) => key));
  });

  it('with improvements and twin builds loses none of them on the way', () => {
    const direct = heldAfter([0, FIRST_DAY], [5, IMPROVED]);
    const { fold } = mergeBundle(heldAfter([0, FIRST_DAY]), carried(direct, day(5)), day(5));
    expect(fold.catalogue.releases).toEqual(direct.releases);
  });

  it('with an older list brings its history only', () => {
    const here = heldAfter([4, NEXT]);
    const there = heldAfter([0, FIRST_DAY], [3, FIRST_DAY]);
    const { fold, taken, earlier } = mergeBundle(here, carried(there, day(3)), day(9));
    expect(taken).toBe('history');
    expect(earlier).toBeGreaterThan(0);
    expect(seen(fold.catalogue, 'iPhone90,1')).toEqual({ 'iOS 40.2': day(4), 'iOS 40.1': day(0), 'iOS 40.0': day(0) });
    expect(fold.catalogue).toMatchObject({ heldDigest: here.heldDigest, lastCheckedAt: here.lastCheckedAt });
  });

  it('never makes a release later, nor seen in the future', () => {
    const here = heldAfter([0, FIRST_DAY]);
    const there = heldAfter([5, FIRST_DAY], [6, NEXT]);
    const { fold } = mergeBundle(here, carried(there, day(6)), day(5));
    expect(seen(fold.catalogue, 'iPhone90,1')).toEqual({ 'iOS 40.2': day(5), 'iOS 40.1': day(0), 'iOS 40.0': day(0) });
  });

  it('with a list that looks wrong is held back like one of Apple’s', () => {
    const here = heldAfter([0, NEXT]);
    const there = heldAfter([3, FIRST_DAY.filter(({ release }) => !release.startsWith('macOS'))]);
    const { fold } = mergeBundle(here, carried(there, day(3)), day(4));
    expect(fold.catalogue.doubt?.kind).toBe('platform-gone');
    expect(fold.alerts.map(({ kind }) => kind)).toContain('answer-doubtful');
    expect(seen(fold.catalogue, 'J900AP')).toMatchObject({ 'macOS 40.1': day(0) });
  });

  it('twice is the same as once', () => {
    const bundle = carried(heldAfter([0, FIRST_DAY], [7, NEXT]), day(8));
    const once = mergeBundle(heldAfter([2, FIRST_DAY]), bundle, day(9)).fold.catalogue;
    expect(mergeBundle(once, bundle, day(9)).fold.catalogue).toEqual(once);
  });

  it('is none while nothing is held', () => {
    expect(bundleOf(undefined, undefined, day(0))).toBeUndefined();
    expect(bundleOf(emptyCatalogue(), undefined, day(0))).toBeUndefined();
  });
});

describe('what is no bundle is told, and why', () => {
  const good = bundleOf(heldAfter([0, FIRST_DAY]), undefined, day(1)) as ReleasesBundle;
  const broken = (change: (bundle: ReleasesBundle) => void): unknown => {
    const copy = structuredClone(good);
    change(copy);
    return copy;
  };
  const first = (bundle: ReleasesBundle) => bundle.catalogue.releases[0] as ReleasesBundle['catalogue']['releases'][0];

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /^the bundle: /],
    ["Apple's answer itself", { PublicAssetSets: {}, AssetSets: {} }, /^schema: /],
    ['another version', broken((bundle) => Object.assign(bundle, { schema: 'ratchet.releases-bundle/2' })), /^schema: /],
    ['a length that can’t be compared', { ...good, source: { length: { valueOf: 1, toString: 1 } } }, /a length of its own/],
    ['no catalogue', { ...good, catalogue: undefined }, /^catalogue: /],
    [
      'a key that is another release’s',
      broken((bundle) => Object.assign(first(bundle), { key: 'iOS 99.0' })),
      /^catalogue\.releases\.0\.key: /,
    ],
    ['a release without devices', broken((bundle) => first(bundle).groups.splice(0)), /^catalogue\.releases\.0\.groups: /],
    [
      'a device twice',
      broken((bundle) => first(bundle).groups.push(structuredClone(first(bundle).groups[0]!))),
      /a device stands in it twice/,
    ],
    [
      'a date that is none',
      broken((bundle) => Object.assign(first(bundle).groups[0]!, { expirationDate: '2040-02-31' })),
      /expirationDate/,
    ],
    ['an instant that is text', broken((bundle) => Object.assign(first(bundle).groups[0]!, { firstSeenAt: '2040-01-01' })), /firstSeenAt/],
    ['one of a clock that runs ahead', broken((bundle) => Object.assign(bundle, { exportedAt: day(2) })), /one of the two clocks is wrong/],
  ])('%s', (_name, value, detail) => {
    expect(readBundle(value, day(1))).toEqual({ ok: false, detail: expect.stringMatching(detail) });
  });
});
