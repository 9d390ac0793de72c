import { describe, expect, it } from 'vitest';
import { acceptDoubtful, emptyCatalogue, foldAnswer, foldUnchanged } from '../../src/releases/catalogue.ts';
import type { Catalogue } from '../../src/releases/catalogue.types.ts';
import { offersFor } from '../../src/releases/offers.ts';
import { readPmv } from '../../src/releases/pmv.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import type { Row } from './fixtures/answers.ts';
import { answerOf, day, FIRST_DAY, MACS, PADS, PHONES, pmvOf, START } from './fixtures/answers.ts';

/** Rule 3: what makes an answer doubtful, what a doubtful one may do, and how it is believed after all. */

const held = foldAnswer(emptyCatalogue(), answerOf(START, FIRST_DAY), START).catalogue;
const only = (platform: string) => FIRST_DAY.filter((row) => row.release.startsWith(platform));
const without = (...releases: string[]) => FIRST_DAY.filter((row) => !releases.includes(row.release));

function listing(catalogue: Catalogue): unknown {
  return catalogue.releases;
}

describe('what makes an answer doubtful', () => {
  const noPublic = { ...pmvOf(day(1), FIRST_DAY), PublicAssetSets: {} };
  const noManaged = (({ AssetSets: _, ...rest }) => rest)(pmvOf(day(1), FIRST_DAY));
  const noManagedMacs = pmvOf(day(1), FIRST_DAY);
  delete noManagedMacs.AssetSets?.macOS;

  it.each([
    ['all sets are empty', pmvOf(day(1), []), 'empty', /nothing at all/],
    ['no set is there', {}, 'empty', /nothing at all/],
    ['PublicAssetSets is empty', noPublic, 'set-gone', /PublicAssetSets/],
    ['AssetSets is gone', noManaged, 'set-gone', /^AssetSets is gone/],
    ['a platform is gone', pmvOf(day(1), without('visionOS 40.1')), 'platform-gone', /visionOS/],
    ['a platform is gone from one set', noManagedMacs, 'platform-gone', /macOS is gone from AssetSets/],
    ['its rolling dates lie behind', pmvOf(day(-1), FIRST_DAY), 'older', /2040-05-29, not on 2040-05-30/],
    [
      'more than a fifth of the pairs is gone',
      pmvOf(day(1), without('macOS 40.1', 'iOS 40.1').concat({ release: 'iOS 40.1', devices: PHONES })),
      'shrunk',
      /6 of 22/,
    ],
  ])('%s', (_, raw, kind, detail) => {
    const { catalogue, alerts } = foldAnswer(held, readPmv(raw), day(1));

    expect(catalogue.doubt).toEqual({ kind, detail: expect.stringMatching(detail), since: day(1), digest: readPmv(raw).digest });
    expect(alerts[0]).toEqual({ kind: 'answer-doubtful', doubt: catalogue.doubt });
    expect(catalogue.lastCheckedAt).toBe(day(1));
    expect(catalogue.heldAt).toBe(START);
  });

  it('is not that a platform which is none of ours comes and goes', () => {
    const withCars = pmvOf(day(1), FIRST_DAY);
    withCars.PublicAssetSets = { ...withCars.PublicAssetSets, carOS: withCars.PublicAssetSets?.visionOS ?? [] };
    const { catalogue } = foldAnswer(held, readPmv(withCars), day(1));
    expect(catalogue.doubt).toBeUndefined();
    expect(foldAnswer(catalogue, readPmv(pmvOf(day(2), FIRST_DAY)), day(2)).catalogue.doubt).toBeUndefined();
  });

  const improvement: Row = { release: 'iOS 40.1 (a)', devices: ['iPhone90,1'], only: 'improvement' };
  const respelled = (({ PublicBackgroundSecurityImprovements, ...rest }) => ({
    ...rest,
    PublicRapidSecurityResponses: PublicBackgroundSecurityImprovements,
  }))(pmvOf(day(1), [...FIRST_DAY, improvement]));
  const otherName = (({ visionOS, ...platforms }) => ({ ...platforms, xrOS: visionOS }))(pmvOf(day(1), FIRST_DAY).PublicAssetSets ?? {});

  it.each([
    ['the same again', pmvOf(day(1), [...FIRST_DAY, improvement])],
    [
      'less than a fifth gone',
      pmvOf(day(1), [
        ...without('iOS 40.1', 'macOS 40.1'),
        improvement,
        { release: 'iOS 40.1', devices: [...PHONES, ...PADS] },
        { release: 'macOS 40.1', devices: MACS.slice(1) },
      ]),
    ],
    ['its key of the improvements respelled', respelled],
    ['no improvement any more, under the key that is there', pmvOf(day(1), FIRST_DAY)],
    ['an older spelling of visionOS', { ...pmvOf(day(1), [...FIRST_DAY, improvement]), PublicAssetSets: otherName }],
    [
      'unexpired dates set back, the rolling ones not',
      pmvOf(
        day(1),
        [...FIRST_DAY, improvement].map((row) => (row.expires ? { ...row, expires: '2040-04-02' } : row)),
      ),
    ],
  ])('not: %s', (_, raw) => {
    const before = foldAnswer(emptyCatalogue(), answerOf(START, [...FIRST_DAY, improvement]), START).catalogue;

    expect(foldAnswer(before, readPmv(raw), day(1)).catalogue.doubt).toBeUndefined();
  });

  it('the improvements without their key', () => {
    const before = foldAnswer(emptyCatalogue(), answerOf(START, [...FIRST_DAY, improvement]), START).catalogue;
    const { PublicBackgroundSecurityImprovements: _, ...raw } = pmvOf(day(1), FIRST_DAY);

    expect(foldAnswer(before, readPmv(raw), day(1)).catalogue.doubt?.kind).toBe('set-gone');
  });

  it.each([
    [6, undefined],
    [7, 'shrunk'],
  ])('%d of 30 pairs gone: %s', (gone, kind) => {
    const devices = ['J1AP', 'J2AP', 'J3AP', 'J4AP', 'J5AP', 'J6AP', 'J7AP', 'J8AP'];
    const rows = (count: number): Row[] => [...FIRST_DAY, { release: 'macOS 38.9', devices: devices.slice(count), only: 'managed' }];
    const before = foldAnswer(emptyCatalogue(), answerOf(START, rows(0)), START).catalogue;
    expect(before.releases.flatMap(({ groups }) => groups.flatMap((group) => group.devices))).toHaveLength(30);
    const left = rows(gone);

    expect(foldAnswer(before, answerOf(day(1), left), day(1)).catalogue.doubt?.kind).toBe(kind);
  });

  it('does not count what has expired, from the day itself on', () => {
    const rows: Row[] = [
      ...FIRST_DAY,
      { release: 'macOS 38.9', devices: [...MACS, 'J1AP', 'J2AP', 'J3AP'], only: 'managed', expires: '2040-03-20' },
    ];
    const before = foldAnswer(emptyCatalogue(), answerOf(START, rows), START).catalogue;
    const fold = (at: number) => foldAnswer(before, answerOf(at, FIRST_DAY), at).catalogue.doubt?.kind;

    expect(fold(Date.parse('2040-03-19T23:59:59Z'))).toBe('shrunk');
    expect(fold(Date.parse('2040-03-20T00:00:00Z'))).toBeUndefined();
  });

  it('a server that was off for months is not surprised by what it missed', () => {
    const rows: Row[] = [
      { release: 'iOS 41.0', devices: [...PHONES, ...PADS] },
      { release: 'macOS 41.0', devices: MACS },
      { release: 'visionOS 41.0', devices: ['RealityDevice90,1'] },
    ];

    expect(foldAnswer(held, answerOf(day(200), rows), day(200)).catalogue.doubt).toBeUndefined();
  });
});

describe('what a doubtful answer may do', () => {
  it.each([
    ['empty', [] as Row[], 1],
    ['platform-gone', only('iOS'), 1],
    ['older', [...without('macOS 40.1'), { release: 'macOS 40.2', devices: MACS }], -1],
  ])('%s: nothing is forgotten, nothing given', (kind, rows, shift) => {
    const { catalogue } = foldAnswer(held, answerOf(day(shift), rows), day(1));

    expect(catalogue.doubt?.kind).toBe(kind);
    expect(listing(catalogue)).toEqual(listing(held));
    expect(catalogue.rollingDate).toBe(held.rollingDate);
  });

  it('takes a release away from the devices it still lists, and from no others', () => {
    const rows: Row[] = [
      { release: 'iOS 40.1', devices: PADS },
      { release: 'iOS 39.9', devices: PHONES.slice(0, 2), only: 'public' },
      { release: 'iOS 40.0', build: '40A20', devices: [...PHONES, ...PADS], only: 'managed', expires: '2040-05-01' },
      { release: 'macOS 39.9', devices: ['J800AP'] },
      { release: 'visionOS 40.1', devices: ['RealityDevice90,1'] },
    ];

    const { catalogue, alerts } = foldAnswer(held, answerOf(day(1), rows), day(1));

    expect(catalogue.doubt?.kind).toBe('shrunk');
    expect(alerts.slice(1)).toEqual([
      { kind: 'release-withdrawn', release: 'iOS 40.1', devices: ['iPhone90,1', 'iPhone90,2'], inDoubt: true },
    ]);
    const withdrawnAt = (device: string) => offersFor(catalogue, device).find(({ release }) => release === 'iOS 40.1')?.withdrawnAt;
    expect(withdrawnAt('iPhone90,1')).toBe(day(1));
    expect(withdrawnAt('iPhone91,1')).toBeUndefined();
    expect(withdrawnAt('iPad90,1')).toBeUndefined();

    const plain = foldAnswer(catalogue, answerOf(day(2), FIRST_DAY), day(2));
    expect(plain.alerts.map(({ kind }) => kind)).toEqual(['doubt-ended', 'release-restored']);
    expect(offersFor(plain.catalogue, 'iPhone90,1')[0]).toMatchObject({ release: 'iOS 40.1', firstSeenAt: START });
    expect(offersFor(plain.catalogue, 'iPhone90,1')[0]?.withdrawnAt).toBeUndefined();
  });

  describe('what it alone took back', () => {
    const shrunk: Row[] = [
      { release: 'iOS 40.1', devices: PADS },
      { release: 'iOS 39.9', devices: PHONES.slice(0, 2), only: 'public' },
      { release: 'macOS 39.9', devices: ['J800AP'] },
      { release: 'visionOS 40.1', devices: ['RealityDevice90,1'] },
    ];
    const doubtful = foldAnswer(held, answerOf(day(1), shrunk), day(1)).catalogue;
    const phone = (catalogue: typeof held) => offersFor(catalogue, 'iPhone90,1').find(({ release }) => release === 'iOS 40.1');

    it('is given back by the next held answer, also when it has a successor by then', () => {
      const rows: Row[] = [
        ...without('iOS 40.1'),
        { release: 'iOS 40.1', devices: PHONES, only: 'managed' },
        { release: 'iOS 40.2', devices: [...PHONES, ...PADS] },
      ];
      const { catalogue, alerts } = foldAnswer(doubtful, answerOf(day(2), rows), day(2));
      expect(phone(doubtful)?.withdrawnAt).toBe(day(1));
      expect(catalogue.doubt).toBeUndefined();
      expect(phone(catalogue)?.withdrawnAt).toBeUndefined();
      expect(alerts.map(({ kind }) => kind)).toEqual(['doubt-ended', 'release-restored']);
    });

    it('stays taken back when the next held answer takes it back too, from when it was first told', () => {
      const rows: Row[] = [
        ...without('iOS 40.1'),
        { release: 'iOS 40.1', devices: [...PHONES, ...PADS], only: 'managed' },
        { release: 'iOS 39.9', devices: [...PHONES, ...PADS], only: 'public' },
      ];
      const { catalogue } = foldAnswer(doubtful, answerOf(day(2), rows), day(2));
      expect(catalogue.doubt).toBeUndefined();
      expect(phone(catalogue)?.withdrawnAt).toBe(day(1));
      const successor = [...rows, { release: 'iOS 40.2', devices: PHONES } satisfies Row];
      expect(phone(foldAnswer(catalogue, answerOf(day(3), successor), day(3)).catalogue)?.withdrawnAt).toBe(day(1));
    });
  });

  it('takes nothing away when it is older: what came since is not in it', () => {
    const rows: Row[] = [...without('iOS 40.1'), { release: 'iOS 40.0', devices: [...PHONES, ...PADS] }];
    const { catalogue, alerts } = foldAnswer(held, answerOf(day(-1), rows), day(1));
    expect(catalogue.doubt?.kind).toBe('older');
    expect(offersFor(catalogue, 'iPhone90,1')[0]).toMatchObject({ release: 'iOS 40.1' });
    expect(offersFor(catalogue, 'iPhone90,1')[0]?.withdrawnAt).toBeUndefined();
    expect(alerts.map(({ kind }) => kind)).toEqual(['answer-doubtful']);
  });

  it('does not give back what was withdrawn before', () => {
    const pulled: Row[] = [...without('macOS 40.1'), { release: 'macOS 40.1', build: '40B11', devices: MACS, only: 'managed' }];
    const withdrawn = foldAnswer(held, answerOf(day(1), pulled), day(1)).catalogue;
    expect(offersFor(withdrawn, 'J900AP')[0]?.withdrawnAt).toBe(day(1));

    const older = foldAnswer(withdrawn, answerOf(START, FIRST_DAY), day(2));

    expect(older.catalogue.doubt?.kind).toBe('older');
    expect(offersFor(older.catalogue, 'J900AP')[0]?.withdrawnAt).toBe(day(1));
  });

  it('alerts once, not at every reading', () => {
    const first = foldAnswer(held, answerOf(day(1), []), day(1)).catalogue;

    const second = foldAnswer(first, answerOf(day(2), []), day(2));

    expect(second.alerts).toEqual([]);
    expect(second.catalogue.doubt?.since).toBe(day(1));
  });
});

describe('how doubt ends', () => {
  const believedAt = (at: number, ...between: [number, readonly Row[]][]) => {
    let { catalogue } = foldAnswer(held, answerOf(day(1), only('macOS')), day(1));
    for (const [when, rows] of between) catalogue = foldAnswer(catalogue, answerOf(when, rows), when).catalogue;
    return foldAnswer(catalogue, answerOf(at, only('macOS')), at);
  };

  it('by a plain answer: what was held before is held on', () => {
    const { catalogue, alerts } = foldAnswer(foldAnswer(held, answerOf(day(1), []), day(1)).catalogue, answerOf(day(2), FIRST_DAY), day(2));

    expect(catalogue).not.toHaveProperty('doubt');
    expect(catalogue).not.toHaveProperty('candidate');
    expect(alerts).toEqual([{ kind: 'doubt-ended', how: 'answered', doubt: expect.objectContaining({ kind: 'empty' }) }]);
    expect(catalogue).toEqual(foldAnswer(held, answerOf(day(2), FIRST_DAY), day(2)).catalogue);
  });

  it('by being repeated unchanged for three days, whatever its dates do meanwhile', () => {
    expect(believedAt(day(4) - 1, [day(2), only('macOS')]).catalogue.doubt?.since).toBe(day(1));

    const { catalogue, alerts } = believedAt(day(4), [day(2), only('macOS')], [day(3), only('macOS')]);

    expect(alerts[0]).toMatchObject({ kind: 'doubt-ended', how: 'repeated' });
    expect(catalogue.doubt).toBeUndefined();
    expect(offersFor(catalogue, 'iPhone90,1').every(({ isListed }) => !isListed)).toBe(true);
    expect(offersFor(catalogue, 'J900AP')[0]).toMatchObject({ isListed: true, firstSeenAt: START, expirationDate: '2040-06-03' });
  });

  it('not when another doubtful answer came between: it starts over', () => {
    const { catalogue } = believedAt(day(4), [day(2), []], [day(3), only('macOS')]);

    expect(catalogue.doubt).toMatchObject({ kind: 'platform-gone', since: day(3) });
  });

  it('not when a plain answer came between', () => {
    expect(believedAt(day(4), [day(2), FIRST_DAY]).catalogue.doubt?.since).toBe(day(4));
  });

  it('by "not modified" for three days: that repeats the doubtful answer', () => {
    const doubtful = foldAnswer(held, answerOf(day(1), only('macOS')), day(1)).catalogue;

    expect(foldUnchanged(doubtful, day(3)).catalogue.doubt?.since).toBe(day(1));
    expect(foldUnchanged(doubtful, day(4)).alerts[0]).toMatchObject({ kind: 'doubt-ended', how: 'repeated' });
  });

  it('by a person, at once', () => {
    const doubtful = foldAnswer(held, answerOf(day(1), only('macOS')), day(1)).catalogue;

    const { catalogue, alerts } = acceptDoubtful(doubtful, day(1) + HOUR_MS);

    expect(alerts[0]).toMatchObject({ kind: 'doubt-ended', how: 'accepted' });
    expect(catalogue).not.toHaveProperty('doubt');
    expect(catalogue.heldAt).toBe(day(1) + HOUR_MS);
    expect(offersFor(catalogue, 'iPhone90,1').some(({ isListed }) => isListed)).toBe(false);
    expect(foldAnswer(catalogue, answerOf(day(2), only('macOS')), day(2)).alerts).toEqual([]);
  });

  it('accepting without a doubtful answer changes nothing', () => {
    expect(acceptDoubtful(held, day(1))).toEqual({ catalogue: held, alerts: [] });
  });

  it('an accepted empty answer is held, and the next full one is plain', () => {
    const empty = acceptDoubtful(foldAnswer(held, answerOf(day(1), []), day(1)).catalogue, day(1)).catalogue;
    expect(empty.doubt).toBeUndefined();

    const again = foldAnswer(empty, answerOf(day(2), []), day(2));
    const full = foldAnswer(empty, answerOf(day(2), FIRST_DAY), day(2));

    expect(again.alerts).toEqual([]);
    expect(full.catalogue.doubt).toBeUndefined();
    expect(offersFor(full.catalogue, 'iPhone90,1')[0]).toMatchObject({ isListed: true, firstSeenAt: START });
  });
});
