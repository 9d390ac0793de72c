import { describe, expect, it } from 'vitest';
import { formatVersion, parseVersion } from '../../src/os/version.ts';
import { emptyCatalogue, foldAnswer } from '../../src/releases/catalogue.ts';
import type { Catalogue, Offer } from '../../src/releases/catalogue.types.ts';
import type { InstallConditions } from '../../src/releases/offers.ts';
import {
  hasDevice,
  isInstallable,
  isKnownBuild,
  newestOffer,
  notInstallableReason,
  offersFor,
  selectOffers,
} from '../../src/releases/offers.ts';
import { readPmv } from '../../src/releases/pmv.ts';
import { releaseKey } from '../../src/releases/release-key.ts';
import { DAY_MS } from '../../src/time/local.ts';
import type { Row } from './fixtures/answers.ts';
import { answerOf, day, FIRST_DAY, START } from './fixtures/answers.ts';

function catalogueOf(rows: readonly Row[], at = START): Catalogue {
  return foldAnswer(emptyCatalogue(), answerOf(at, rows), at).catalogue;
}

const releases = (offers: readonly Offer[]) => offers.map(({ release }) => release);

const listed: Offer = {
  release: 'iOS 40.1',
  platform: 'iOS',
  version: parseVersion('40.1')!,
  builds: ['40B10'],
  isPublic: true,
  isManaged: true,
  isImprovement: false,
  prerequisiteBuilds: [],
  expirationDate: '2040-05-30',
  expirationRolls: true,
  firstSeenAt: START,
  isListed: true,
};
const supervised: InstallConditions = { isSupervised: true, now: START, combinedImprovements: true };
const improvement: Partial<Offer> = { isImprovement: true, isPublic: false, isManaged: false, prerequisiteBuilds: ['40B10', '40B6010'] };

describe('notInstallableReason', () => {
  it.each<[string, Partial<Offer>, Partial<InstallConditions>, string | undefined]>([
    ['listed and public', {}, {}, undefined],
    ['public, unsupervised', {}, { isSupervised: false }, undefined],
    ['in AssetSets only, supervised', { isPublic: false }, {}, undefined],
    ['in AssetSets only, unsupervised', { isPublic: false }, { isSupervised: false }, 'not-public'],
    ['withdrawn, still in AssetSets', { isPublic: false, withdrawnAt: START }, {}, 'withdrawn'],
    ['withdrawn in doubt, still public in what is held', { withdrawnAt: START }, {}, 'withdrawn'],
    ['no longer listed', { isListed: false }, {}, 'not-listed'],
    ['no longer listed and expired', { isListed: false, expirationDate: '2040-02-29' }, {}, 'expired'],
    ['on the last minute of its expiration date', { expirationDate: '2040-03-01' }, { now: Date.parse('2040-03-01T23:59:59Z') }, undefined],
    ['on the minute after', { expirationDate: '2040-03-01' }, { now: Date.parse('2040-03-02T00:00:00Z') }, 'expired'],
    ['expired although it said to roll', { expirationDate: '2040-02-01' }, {}, 'expired'],
    ['without expiration date', { expirationDate: undefined, expirationRolls: false }, { until: day(900) }, undefined],
    ['rolling, the date far off', {}, { until: day(200) }, undefined],
    ['stopped, the date before it', { expirationRolls: false }, { until: Date.parse('2040-05-30T23:00:00Z') }, undefined],
    ['stopped, the date after it', { expirationRolls: false }, { until: Date.parse('2040-05-31T00:00:00Z') }, 'expires-before'],
    ['an improvement, combined', improvement, {}, undefined],
    ['an improvement, its base installed', improvement, { combinedImprovements: false, currentBuild: '40B6010' }, undefined],
    [
      'an improvement, another build installed',
      improvement,
      { combinedImprovements: false, currentBuild: '40A20' },
      'prerequisite-missing',
    ],
    ['an improvement, build unknown', improvement, { combinedImprovements: false }, 'prerequisite-missing'],
    [
      'an improvement that names no base',
      { ...improvement, prerequisiteBuilds: [] },
      { combinedImprovements: false, currentBuild: '40B10' },
      'prerequisite-missing',
    ],
    ['an improvement, unsupervised', improvement, { isSupervised: false }, 'not-public'],
  ])('%s', (_, offer, conditions, expected) => {
    const given = { ...listed, ...offer };
    const under = { ...supervised, ...conditions };

    expect(notInstallableReason(given, under)).toBe(expected);
    expect(isInstallable(given, under)).toBe(expected === undefined);
  });
});

describe('offersFor', () => {
  it('lists the newest first, by version and not by text', () => {
    const rows: Row[] = ['18.7.8', '26.1', '18.7.10', '26.0.1', '9.3'].map((version) => ({
      release: `iOS ${version}`,
      devices: ['iPhone90,1'],
    }));

    expect(releases(offersFor(catalogueOf(rows), 'iPhone90,1'))).toEqual([
      'iOS 26.1',
      'iOS 26.0.1',
      'iOS 18.7.10',
      'iOS 18.7.8',
      'iOS 9.3',
    ]);
  });

  it.each(['iPhone99,9', 'iphone90,1', '', '__proto__', 'constructor'])('knows nothing of %j', (device) => {
    const catalogue = catalogueOf(FIRST_DAY);

    expect(offersFor(catalogue, device)).toEqual([]);
    expect(hasDevice(catalogue, device)).toBe(false);
  });

  it('works on a catalogue that came from storage', () => {
    const catalogue = catalogueOf(FIRST_DAY);

    expect(offersFor(JSON.parse(JSON.stringify(catalogue)), 'J900AP')).toEqual(offersFor(catalogue, 'J900AP'));
  });

  it('makes its index once: a lookup returns the same list', () => {
    const catalogue = catalogueOf(FIRST_DAY);

    expect(offersFor(catalogue, 'J900AP')).toBe(offersFor(catalogue, 'J900AP'));
  });
});

it('hasDevice is false for a device that Apple lists no more', () => {
  const rows = FIRST_DAY.map((row) =>
    row.release === 'macOS 39.9' ? { ...row, devices: row.devices.filter((d) => d !== 'J800AP') } : row,
  );
  const before = catalogueOf(FIRST_DAY);
  const after = foldAnswer(before, answerOf(day(1), rows), day(1)).catalogue;

  expect(hasDevice(before, 'J800AP')).toBe(true);
  expect(hasDevice(after, 'J800AP')).toBe(false);
  expect(releases(offersFor(after, 'J800AP'))).toEqual(['macOS 39.9']);
});

it('isKnownBuild knows every build ever listed, and no other', () => {
  const after = foldAnswer(catalogueOf(FIRST_DAY), readPmv({}), day(1)).catalogue;

  for (const build of ['40B10', '40B6010', '40A20', '39X5']) expect(isKnownBuild(after, build)).toBe(true);
  expect(isKnownBuild(after, '41A5321d')).toBe(false);
});

describe('selectOffers', () => {
  /** As in 2026: 18.7.8 for phones that can run 26, 18.7.10 for those that can't. */
  const branches = catalogueOf([
    { release: 'iOS 26.6.1', devices: ['iPhone90,1'] },
    { release: 'iOS 18.7.8', devices: ['iPhone90,1'] },
    { release: 'iOS 18.7.7', devices: ['iPhone90,1', 'iPhone80,1'], only: 'managed', expires: '2040-05-01' },
    { release: 'iOS 18.7.10', devices: ['iPhone80,1'] },
  ]);

  it.each([
    ['iPhone90,1', { kind: 'latest' }, ['iOS 26.6.1', 'iOS 18.7.8', 'iOS 18.7.7']],
    ['iPhone90,1', { kind: 'latest-minor', major: 18 }, ['iOS 18.7.8', 'iOS 18.7.7']],
    ['iPhone80,1', { kind: 'latest' }, ['iOS 18.7.10', 'iOS 18.7.7']],
    ['iPhone80,1', { kind: 'latest-minor', major: 18 }, ['iOS 18.7.10', 'iOS 18.7.7']],
    ['iPhone80,1', { kind: 'latest-minor', major: 26 }, []],
    ['iPhone90,1', { kind: 'exact', version: parseVersion('18.7.7')! }, ['iOS 18.7.7']],
    ['iPhone90,1', { kind: 'exact', version: parseVersion('18.7.10')! }, []],
    ['iPhone90,1', { kind: 'exact', version: parseVersion('26.6.1 (a)')! }, []],
  ] as const)('%s, %j', (device, selection, expected) => {
    expect(releases(selectOffers(offersFor(branches, device), selection))).toEqual(expected);
  });

  it.each([
    ['the newest that can be installed', {}, undefined, 'iOS 26.6.1'],
    ['within a branch', {}, { kind: 'latest-minor', major: 18 } as const, 'iOS 18.7.8'],
    ['none', {}, { kind: 'latest-minor', major: 17 } as const, undefined],
    ['the next one where the newest has run out', { now: day(60) - DAY_MS }, { kind: 'latest-minor', major: 18 } as const, 'iOS 18.7.8'],
  ])('newestOffer: %s', (_, conditions, selection, expected) => {
    expect(newestOffer(branches, 'iPhone90,1', { ...supervised, ...conditions }, selection)?.release).toBe(expected);
  });

  it('newestOffer passes over what was withdrawn', () => {
    const rows: Row[] = [
      { release: 'iOS 26.6.1', devices: ['iPhone90,1'], only: 'managed' },
      { release: 'iOS 18.7.8', devices: ['iPhone90,1'] },
    ];

    expect(newestOffer(catalogueOf(rows), 'iPhone90,1', supervised)?.release).toBe('iOS 18.7.8');
  });

  it('newestOffer passes over what an unsupervised device can not have', () => {
    const rows: Row[] = [
      { release: 'iOS 26.6', devices: ['iPhone90,1'], only: 'public' },
      { release: 'iOS 26.6 (a)', devices: ['iPhone90,1'], only: 'improvement', prerequisite: '40A266' },
    ];

    expect(newestOffer(catalogueOf(rows), 'iPhone90,1', supervised)?.release).toBe('iOS 26.6 (a)');
    expect(newestOffer(catalogueOf(rows), 'iPhone90,1', { ...supervised, isSupervised: false })?.release).toBe('iOS 26.6');
  });
});

it('releaseKey names platform and version', () => {
  const version = parseVersion('26.3.1', '(a)')!;

  expect(releaseKey('macOS', version)).toBe('macOS 26.3.1 (a)');
  expect(formatVersion(version)).toBe('26.3.1 (a)');
});
