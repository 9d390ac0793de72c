import { describe, expect, it } from 'vitest';
import { emptyCatalogue, foldAnswer } from '../../src/releases/catalogue.ts';
import type { Catalogue, CatalogueAlert } from '../../src/releases/catalogue.types.ts';
import { offersFor } from '../../src/releases/offers.ts';
import type { Row } from './fixtures/answers.ts';
import { answerOf, day, FIRST_DAY, MACS, PADS, PHONES, START } from './fixtures/answers.ts';

/** Rule 2: the newest release for a device disappears for it from PublicAssetSets, and no newer one is there. */

const rest = FIRST_DAY.filter((row) => !row.release.startsWith('iOS'));
const older: Row = { release: 'iOS 40.0', build: '40A20', devices: [...PHONES, ...PADS], only: 'managed', expires: '2040-05-01' };
const current: Row = { release: 'iOS 40.1', devices: [...PHONES, ...PADS] };

function fold(...steps: (readonly [number, readonly Row[]])[]): { catalogue: Catalogue; alerts: CatalogueAlert[] } {
  let catalogue = emptyCatalogue();
  let alerts: CatalogueAlert[] = [];
  for (const [at, rows] of steps) ({ catalogue, alerts } = foldAnswer(catalogue, answerOf(at, rows), at));
  return { catalogue, alerts };
}

const withdrawals = (alerts: CatalogueAlert[]) => alerts.filter(({ kind }) => kind === 'release-withdrawn');
const withdrawnAt = (catalogue: Catalogue, device: string, release: string) =>
  offersFor(catalogue, device).find((offer) => offer.release === release)?.withdrawnAt;

describe('a release is withdrawn', () => {
  it.each<[string, Row[], string[]]>([
    [
      'from some devices, still in AssetSets',
      [
        { release: 'iOS 40.1', devices: PHONES },
        { release: 'iOS 40.1', devices: PADS, only: 'managed' },
      ],
      PADS,
    ],
    [
      'from some devices, out of both sets, with an older one in its place',
      [
        { release: 'iOS 40.1', devices: PHONES },
        { release: 'iOS 39.9', devices: PADS },
      ],
      PADS,
    ],
    ['from some devices, with nothing in its place', [{ release: 'iOS 40.1', devices: PHONES }], PADS],
    [
      'from all devices, with the older one back',
      [
        { release: 'iOS 40.0', build: '40A20', devices: [...PHONES, ...PADS], only: 'public' },
        { release: 'iOS 40.1', devices: [...PHONES, ...PADS], only: 'managed' },
      ],
      [...PADS, ...PHONES],
    ],
  ])('%s', (_, rows, devices) => {
    const { catalogue, alerts } = fold([START, [...rest, older, current]], [day(1), [...rest, older, ...rows]]);

    expect(withdrawals(alerts)).toEqual([{ kind: 'release-withdrawn', release: 'iOS 40.1', devices, inDoubt: false }]);
    for (const device of [...PHONES, ...PADS]) {
      expect(withdrawnAt(catalogue, device, 'iOS 40.1')).toBe(devices.includes(device) ? day(1) : undefined);
    }
  });

  it('is not told again, and stays withdrawn while it is in AssetSets, when a newer one comes, and after it is gone', () => {
    const pulled: Row[] = [
      ...rest,
      older,
      { release: 'iOS 40.1', devices: PHONES },
      { release: 'iOS 40.1', devices: PADS, only: 'managed' },
    ];
    const steps: [number, Row[]][] = [
      [START, [...rest, older, current]],
      [day(1), pulled],
      [day(2), pulled],
      [day(3), [...pulled, { release: 'iOS 40.1.1', devices: [...PHONES, ...PADS] }]],
      [
        day(4),
        [
          ...rest,
          older,
          { release: 'iOS 40.1', devices: PHONES, only: 'managed' },
          { release: 'iOS 40.1.1', devices: [...PHONES, ...PADS] },
        ],
      ],
    ];

    for (const count of [3, 4, 5]) {
      const { catalogue, alerts } = fold(...steps.slice(0, count));
      expect(alerts).toEqual([]);
      expect(withdrawnAt(catalogue, 'iPad90,1', 'iOS 40.1')).toBe(day(1));
      expect(withdrawnAt(catalogue, 'iPhone90,1', 'iOS 40.1')).toBeUndefined();
    }
  });

  it('is wanted again when it is in PublicAssetSets again, and keeps when it was first seen', () => {
    const { catalogue, alerts } = fold(
      [START, [...rest, older, current]],
      [day(1), [...rest, older, { release: 'iOS 40.1', devices: PHONES }]],
      [day(2), [...rest, older, current]],
    );

    expect(alerts).toEqual([{ kind: 'release-restored', release: 'iOS 40.1', devices: PADS }]);
    expect(offersFor(catalogue, 'iPad90,1')[0]).toMatchObject({ release: 'iOS 40.1', firstSeenAt: START, isListed: true });
    expect(offersFor(catalogue, 'iPad90,1')[0]).not.toHaveProperty('withdrawnAt');
  });

  it('also to an installation that never saw it in PublicAssetSets', () => {
    const { catalogue, alerts } = fold([
      START,
      [
        ...rest,
        { release: 'iOS 40.1', devices: PHONES },
        { release: 'iOS 40.1', devices: PADS, only: 'managed' },
        { release: 'iOS 40.0.1', devices: PADS, only: 'managed', expires: '2040-05-01' },
        { release: 'iOS 40.0', devices: PADS },
      ],
    ]);

    expect(alerts).toEqual([{ kind: 'release-withdrawn', release: 'iOS 40.1', devices: PADS, inDoubt: false }]);
    expect(withdrawnAt(catalogue, 'iPad90,1', 'iOS 40.0.1')).toBeUndefined();
  });
});

describe('a release is not withdrawn', () => {
  it.each<[string, Row[]]>([
    [
      'when a newer one takes its place',
      [
        { release: 'iOS 40.1', devices: [...PHONES, ...PADS], only: 'managed' },
        { release: 'iOS 40.2', devices: [...PHONES, ...PADS] },
      ],
    ],
    [
      'when a newer one takes its place under another platform key',
      [
        { release: 'iOS 40.1', devices: PHONES },
        { release: 'visionOS 41.0', devices: PADS },
      ],
    ],
    ['when it is still public, in AssetSets no more', [{ release: 'iOS 40.1', devices: [...PHONES, ...PADS], only: 'public' }, older]],
  ])('%s', (_, rows) => {
    const { catalogue, alerts } = fold([START, [...rest, older, current]], [day(1), [...rest, older, ...rows]]);

    expect(catalogue.doubt).toBeUndefined();
    expect(alerts).toEqual([]);
  });

  it('when it was not the newest of the device', () => {
    const { alerts } = fold(
      [START, [...rest, older, current, { release: 'iOS 39.9', devices: PADS }]],
      [day(1), [...rest, older, current]],
    );

    expect(alerts).toEqual([]);
  });

  it('when its expiration date has come: it ran out', () => {
    const last: Row = { release: 'macOS 30.9', devices: ['J1AP'], expires: '2040-03-10' };
    const steps = (at: number): [number, Row[]][] => [
      [START, [...FIRST_DAY, last]],
      [at, [...FIRST_DAY]],
    ];

    expect(withdrawals(fold(...steps(Date.parse('2040-03-09T12:00:00Z'))).alerts)).toHaveLength(1);
    expect(withdrawals(fold(...steps(Date.parse('2040-03-10T12:00:00Z'))).alerts)).toEqual([]);
  });

  it('when a device has nothing in PublicAssetSets at all, and never had', () => {
    const { alerts } = fold([START, [...FIRST_DAY, { release: 'macOS 40.2', devices: ['J990AP'], only: 'managed' }]]);

    expect(alerts).toEqual([]);
    expect(MACS).not.toContain('J990AP');
  });
});
