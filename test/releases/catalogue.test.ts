import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptDoubtful, emptyCatalogue, foldAnswer, foldUnchanged } from '../../src/releases/catalogue.ts';
import type { Catalogue, CatalogueAlert, Offer } from '../../src/releases/catalogue.types.ts';
import { hasDevice, offersFor } from '../../src/releases/offers.ts';
import { readPmv } from '../../src/releases/pmv.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import type { Row } from './fixtures/answers.ts';
import { answerOf, day, FIRST_DAY, MACS, PADS, PHONES, pmvOf, START } from './fixtures/answers.ts';

type Step = readonly [at: number, rows: readonly Row[]];

function foldAll(steps: readonly Step[], from: Catalogue = emptyCatalogue()): { catalogue: Catalogue; alerts: CatalogueAlert[] } {
  let catalogue = from;
  let alerts: CatalogueAlert[] = [];
  for (const [at, rows] of steps) ({ catalogue, alerts } = foldAnswer(catalogue, answerOf(at, rows), at));
  return { catalogue, alerts };
}

function offer(catalogue: Catalogue, device: string, release: string): Offer | undefined {
  return offersFor(catalogue, device).find((candidate) => candidate.release === release);
}

const kinds = (alerts: CatalogueAlert[]) => alerts.map(({ kind }) => kind);
const without = (release: string) => FIRST_DAY.filter((row) => row.release !== release);

describe('the first answer', () => {
  it('is held, and what it lists is first seen now', () => {
    const { catalogue, alerts } = foldAll([[START, FIRST_DAY]]);

    expect(alerts).toEqual([]);
    expect(catalogue).toMatchObject({ heldAt: START, lastCheckedAt: START, rollingDate: '2040-05-30', droppedEntries: 0 });
    expect(offersFor(catalogue, 'iPhone90,1')).toEqual([
      {
        release: 'iOS 40.1',
        platform: 'iOS',
        version: { major: 40, minor: 1, patch: 0, extra: '' },
        builds: ['40B10', '40B6010'],
        isPublic: true,
        isManaged: true,
        isImprovement: false,
        prerequisiteBuilds: [],
        postingDate: '2040-02-01',
        expirationDate: '2040-05-30',
        expirationRolls: true,
        firstSeenAt: START,
        isListed: true,
      },
      expect.objectContaining({
        release: 'iOS 40.0',
        isPublic: false,
        isManaged: true,
        expirationDate: '2040-05-01',
        expirationRolls: false,
      }),
    ]);
  });

  it('survives being stored as JSON', () => {
    const { catalogue } = foldAll([
      [START, FIRST_DAY],
      [day(1), []],
    ]);

    expect(JSON.parse(JSON.stringify(catalogue))).toStrictEqual(catalogue);
  });

  it('is not believed when it is empty', () => {
    const { catalogue, alerts } = foldAll([[START, []]]);

    expect(catalogue.heldAt).toBeUndefined();
    expect(catalogue.doubt?.kind).toBe('empty');
    expect(kinds(alerts)).toEqual(['answer-doubtful']);
  });
});

describe('rule 4: first seen', () => {
  it('stays what it was through later answers, a re-posting and an absence', () => {
    const gone = FIRST_DAY.map((row) => (row.release === 'macOS 39.9' ? { ...row, devices: MACS } : row));
    const { catalogue } = foldAll([
      [START, FIRST_DAY],
      [day(1), gone],
      [day(2), FIRST_DAY.map((row) => ({ ...row, build: `${row.build}9` }))],
    ]);

    expect(offer(catalogue, 'J800AP', 'macOS 39.9')).toMatchObject({
      firstSeenAt: START,
      isListed: true,
      builds: ['39X59'],
    });
    expect(offer(catalogue, 'iPad90,1', 'iOS 40.1')?.firstSeenAt).toBe(START);
  });

  it('is per device: a release may reach some devices weeks later', () => {
    const watch: Row = { release: 'iOS 40.2', build: '40R7', devices: ['Watch90,1'] };
    const phones: Row = { release: 'iOS 40.2', build: '40C30', devices: PHONES };
    const { catalogue } = foldAll([
      [START, FIRST_DAY],
      [day(1), [...FIRST_DAY, watch]],
      [day(15), [...FIRST_DAY, watch, phones]],
    ]);

    expect(offer(catalogue, 'Watch90,1', 'iOS 40.2')).toMatchObject({ firstSeenAt: day(1), builds: ['40R7'] });
    expect(offer(catalogue, 'iPhone90,1', 'iOS 40.2')).toMatchObject({ firstSeenAt: day(15), builds: ['40C30'] });
    expect(offer(catalogue, 'iPad90,1', 'iOS 40.2')).toBeUndefined();
  });

  it('of a release that a doubtful answer told first is when it was held', () => {
    const doubtful: Row[] = [{ release: 'iOS 40.2', devices: PHONES }];
    const steps: Step[] = [
      [START, FIRST_DAY],
      [day(1), doubtful],
    ];

    expect(offer(foldAll(steps).catalogue, 'iPhone90,1', 'iOS 40.2')).toBeUndefined();
    expect(offer(acceptDoubtful(foldAll(steps).catalogue, day(2)).catalogue, 'iPhone90,1', 'iOS 40.2')?.firstSeenAt).toBe(day(2));
  });

  it('is forgotten two years after Apple stopped listing it, not before', () => {
    const rest = FIRST_DAY.map((row) => (row.release === 'macOS 39.9' ? { ...row, devices: MACS } : row));
    const steps: Step[] = [
      [START, FIRST_DAY],
      [day(1), rest],
    ];

    expect(offer(foldAll([...steps, [day(731), rest]]).catalogue, 'J800AP', 'macOS 39.9')).toMatchObject({ isListed: false });
    expect(offer(foldAll([...steps, [day(732), rest]]).catalogue, 'J800AP', 'macOS 39.9')).toBeUndefined();
  });
});

describe('what is listed for whom', () => {
  it('merges entries of one build, and keeps sets, dates and builds apart by device', () => {
    const rows: Row[] = [
      { release: 'iOS 40.1', build: '40B10', devices: ['iPhone90,1'], only: 'managed', expires: '2040-04-01' },
      { release: 'iOS 40.1', build: '40B10', devices: ['iPhone90,1', 'iPhone90,2'], only: 'public' },
      { release: 'iOS 40.1', build: '40B9010', devices: ['iPhone90,2'], only: 'public', expires: '2040-03-20' },
    ];
    const { catalogue } = foldAll([[START, rows]]);

    expect(offer(catalogue, 'iPhone90,1', 'iOS 40.1')).toMatchObject({
      isPublic: true,
      isManaged: true,
      expirationDate: '2040-05-30',
      builds: ['40B10'],
    });
    expect(offer(catalogue, 'iPhone90,2', 'iOS 40.1')).toMatchObject({
      isPublic: true,
      isManaged: false,
      expirationDate: '2040-05-30',
      builds: ['40B10', '40B9010'],
    });
  });

  it('a background improvement is a release of its own, with its base build', () => {
    const rows: Row[] = [
      ...FIRST_DAY,
      { release: 'iOS 40.1 (a)', build: '40B771000a', devices: PHONES, only: 'improvement', prerequisite: '40B10' },
    ];
    const { catalogue } = foldAll([[START, rows]]);

    expect(offersFor(catalogue, 'iPhone90,1').map(({ release }) => release)).toEqual(['iOS 40.1 (a)', 'iOS 40.1', 'iOS 40.0']);
    expect(offer(catalogue, 'iPhone90,1', 'iOS 40.1 (a)')).toMatchObject({
      isImprovement: true,
      isPublic: false,
      isManaged: false,
      prerequisiteBuilds: ['40B10'],
    });
    expect(offer(catalogue, 'iPad90,1', 'iOS 40.1 (a)')).toBeUndefined();
  });

  it('what a held answer no longer lists is remembered as unlisted', () => {
    const { catalogue, alerts } = foldAll([
      [START, FIRST_DAY],
      [Date.parse('2040-05-01T19:00:00Z'), without('iOS 40.0')],
    ]);

    expect(alerts).toEqual([]);
    expect(offer(catalogue, 'iPhone90,1', 'iOS 40.0')).toMatchObject({
      isListed: false,
      isManaged: false,
      builds: ['40A20'],
      firstSeenAt: START,
    });
    expect(hasDevice(catalogue, 'iPhone90,1')).toBe(true);
  });

  it('tells how many entries could not be read, once', () => {
    const raw = pmvOf(START, FIRST_DAY);
    raw.AssetSets?.iOS?.push({ ProductVersion: 'x' });
    const first = foldAnswer(emptyCatalogue(), readPmv(raw), START);

    expect(first.alerts).toEqual([{ kind: 'entries-dropped', count: 1 }]);
    expect(foldAnswer(first.catalogue, readPmv(raw), START + HOUR_MS).alerts).toEqual([]);
  });
});

describe('rule 5: expiration that rolls', () => {
  it('stops for a release whose date no longer moves with the others', () => {
    const stopped = FIRST_DAY.map((row) => (row.release === 'macOS 40.1' ? { ...row, expires: '2040-05-30' } : row));
    const steps: Step[] = [
      [START, FIRST_DAY],
      [day(1), stopped],
    ];

    expect(offer(foldAll(steps.slice(0, 1)).catalogue, 'J900AP', 'macOS 40.1')?.expirationRolls).toBe(true);
    expect(offer(foldAll(steps).catalogue, 'J900AP', 'macOS 40.1')).toMatchObject({ expirationRolls: false, expirationDate: '2040-05-30' });
    expect(offer(foldAll(steps).catalogue, 'iPhone90,1', 'iOS 40.1')?.expirationRolls).toBe(true);
  });

  it.each([
    [7, true],
    [8, false],
  ])('dates that stand still for %d days: rolls is %s', (days, expected) => {
    const first = foldAll([[START, FIRST_DAY]]).catalogue;

    const reread = foldAnswer(first, answerOf(START, FIRST_DAY), day(days));
    const unmodified = foldUnchanged(first, day(days));

    expect(offer(reread.catalogue, 'J900AP', 'macOS 40.1')?.expirationRolls).toBe(expected);
    expect(offer(unmodified.catalogue, 'J900AP', 'macOS 40.1')?.expirationRolls).toBe(expected);
    expect(reread.alerts).toEqual([]);
  });

  it('one entry with a date of the far future changes nothing for the others', () => {
    const { catalogue } = foldAll([[START, [...FIRST_DAY, { release: 'iOS 40.3', devices: ['iPhone90,1'], expires: '2099-01-01' }]]]);

    expect(offer(catalogue, 'J900AP', 'macOS 40.1')?.expirationRolls).toBe(true);
    expect(catalogue.rollingDate).toBe('2040-05-30');
  });
});

describe('folding again', () => {
  const rows = fc.subarray([
    ...FIRST_DAY,
    { release: 'iOS 40.2', devices: PADS } as Row,
    { release: 'macOS 40.2', devices: MACS, only: 'public' } as Row,
  ]);
  const steps = fc.array(fc.tuple(fc.nat({ max: 120 }).map(day), rows), { minLength: 1, maxLength: 8 });

  it('the same answer changes lastCheckedAt only', () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 6 * HOUR_MS }), (before, later) => {
        const ordered = [...before].sort(([a], [b]) => a - b);
        const [at, last] = ordered.at(-1) as Step;
        const { catalogue } = foldAll(ordered);

        const again = foldAnswer(catalogue, answerOf(at, last), at + later);

        expect(again.alerts).toEqual([]);
        expect({ ...again.catalogue, lastCheckedAt: 0 }).toEqual({ ...catalogue, lastCheckedAt: 0 });
        expect(again.catalogue.lastCheckedAt).toBe(at + later);
        expect(foldUnchanged(catalogue, at + later).catalogue).toEqual(again.catalogue);
      }),
    );
  });

  it('first seen never changes once it is known, and nothing is forgotten within two years', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let catalogue = emptyCatalogue();
        const known = new Map<string, number>();
        for (const [at, listed] of [...all].sort(([a], [b]) => a - b)) {
          catalogue = foldAnswer(catalogue, answerOf(at, listed), at).catalogue;
          const pairs = catalogue.releases.flatMap(({ key, groups }) =>
            groups.flatMap(({ devices, firstSeenAt }) => devices.map((device) => [`${key} ${device}`, firstSeenAt] as const)),
          );
          expect(new Set(pairs.map(([pair]) => pair)).size).toBe(pairs.length);
          const now = new Map<string, number>(pairs);
          for (const [pair, firstSeenAt] of known) expect(now.get(pair)).toBe(firstSeenAt);
          for (const [pair, firstSeenAt] of now) known.set(pair, firstSeenAt);
        }
      }),
    );
  });

  it('takes an answer at any time, even when our clock runs backwards', () => {
    const { catalogue } = foldAll([
      [START, FIRST_DAY],
      [START - 400 * DAY_MS, FIRST_DAY],
    ]);

    expect(offer(catalogue, 'iPhone90,1', 'iOS 40.1')?.firstSeenAt).toBe(START);
  });
});
