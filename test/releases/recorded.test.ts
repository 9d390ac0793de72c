import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { emptyCatalogue, foldAnswer } from '../../src/releases/catalogue.ts';
import type { Catalogue, CatalogueAlert } from '../../src/releases/catalogue.types.ts';
import { hasDevice, newestOffer, offersFor } from '../../src/releases/offers.ts';
import { readPmv } from '../../src/releases/pmv.ts';

/** Every answer of Apple's lookup service recorded from 2024-06-30 to 2026-03-31, folded one after the other. */

const history = fileURLToPath(new URL('../../../shared/data/gdmf/pmv-history.jsonl.xz', import.meta.url));

interface Recorded {
  recorded_at: string;
  data: unknown;
}

function readHistory(): { recordings: Recorded[]; missing?: string } {
  if (!existsSync(history)) return { recordings: [], missing: '../shared/data/gdmf is absent' };
  const xz = spawnSync('xz', ['-dc', history], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (xz.status !== 0) return { recordings: [], missing: `xz -dc does not work here: ${xz.error?.message ?? xz.stderr}` };
  return {
    recordings: xz.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

const { recordings, missing } = readHistory();
if (missing) console.warn(`Recorded answers are not folded: ${missing}.`);

interface Moment {
  at: number;
  isEmpty: boolean;
  catalogue: Catalogue;
  alerts: CatalogueAlert[];
}

describe.skipIf(missing !== undefined)('the recorded answers', () => {
  const moments: Moment[] = [];

  beforeAll(() => {
    const started = performance.now();
    let catalogue = emptyCatalogue();
    for (const { recorded_at, data } of recordings) {
      const at = Date.parse(recorded_at);
      const answer = readPmv(data);
      const fold = foldAnswer(catalogue, answer, at);
      catalogue = fold.catalogue;
      moments.push({ at, isEmpty: answer.assets.length === 0, ...fold });
    }
    console.info(`Folded ${recordings.length} recorded answers in ${Math.round(performance.now() - started)} ms.`);
  }, 60_000);

  const momentAt = (time: string) => moments.find(({ at }) => at === Date.parse(time)) as Moment;
  const alertsOf = (kind: CatalogueAlert['kind']) =>
    moments.flatMap(({ at, alerts }) =>
      alerts.filter((alert) => alert.kind === kind).map((alert) => ({ at: new Date(at).toISOString(), ...alert })),
    );

  it('are all there and wholly readable', () => {
    expect(moments).toHaveLength(793);
    expect(alertsOf('entries-dropped')).toEqual([]);
  });

  it('hold two withdrawals and no others', () => {
    expect(alertsOf('release-withdrawn')).toEqual([
      {
        at: '2024-09-18T16:38:53.000Z',
        kind: 'release-withdrawn',
        release: 'iOS 18.0',
        devices: ['iPad16,3', 'iPad16,4', 'iPad16,5', 'iPad16,6'],
        inDoubt: false,
      },
      {
        at: '2025-05-16T20:37:14.000Z',
        kind: 'release-withdrawn',
        release: 'iOS 17.7.7',
        devices: ['iPad7,1', 'iPad7,2', 'iPad7,3', 'iPad7,4', 'iPad7,5', 'iPad7,6'],
        inDoubt: false,
      },
    ]);
    expect(alertsOf('release-restored')).toEqual([]);
  });

  it.each([
    ['iPad16,3', 'iOS 18.0', '2024-09-18T16:38:53Z', 'iOS 17.7'],
    ['iPad7,1', 'iOS 17.7.7', '2025-05-16T20:37:14Z', 'iOS 17.7.6'],
  ])('%s gets no %s once it is withdrawn, though AssetSets lists it', (device, release, withdrawnAt, instead) => {
    const { at, catalogue } = momentAt(withdrawnAt);
    const conditions = { isSupervised: true, now: at, combinedImprovements: true };

    expect(offersFor(catalogue, device)[0]).toMatchObject({ release, isManaged: true, isListed: true, withdrawnAt: at });
    expect(newestOffer(catalogue, device, conditions)?.release).toBe(instead);
  });

  it('a new installation started in those weeks knows it too', () => {
    for (const [time, device, release] of [
      ['2024-09-18T16:38:53Z', 'iPad16,3', 'iOS 18.0'],
      ['2025-05-16T20:37:14Z', 'iPad7,1', 'iOS 17.7.7'],
    ] as const) {
      const recording = recordings.find(({ recorded_at }) => Date.parse(recorded_at) === Date.parse(time)) as Recorded;
      const { catalogue, alerts } = foldAnswer(emptyCatalogue(), readPmv(recording.data), Date.parse(time));

      expect(alerts.map((alert) => alert.kind === 'release-withdrawn' && alert.release)).toEqual([release]);
      expect(offersFor(catalogue, device)[0]?.withdrawnAt).toBe(Date.parse(time));
    }
  });

  it('visionOS 1.3 left the iOS key for visionOS 2.0: no withdrawal', () => {
    const { at, catalogue, alerts } = momentAt('2024-09-16T17:19:03Z');

    expect(alerts).toEqual([]);
    expect(newestOffer(catalogue, 'RealityDevice14,1', { isSupervised: true, now: at, combinedImprovements: true })?.release).toBe(
      'visionOS 2.0',
    );
  });

  it('the two empty answers forget nothing and are the only doubt, for less than two hours', () => {
    const empty = moments.filter(({ isEmpty }) => isEmpty);
    expect(empty.map(({ at }) => new Date(at).toISOString())).toEqual(['2024-11-14T19:41:38.000Z', '2025-05-21T19:03:00.000Z']);

    for (const moment of empty) {
      const index = moments.indexOf(moment);
      const [before, after] = [moments[index - 1] as Moment, moments[index + 1] as Moment];
      expect(moment.catalogue.doubt?.kind).toBe('empty');
      expect(moment.catalogue.releases).toEqual(before.catalogue.releases);
      expect(after.catalogue.doubt).toBeUndefined();
      expect(after.at - moment.at).toBeLessThan(2 * 3_600_000);
    }
    expect(moments.filter(({ catalogue }) => catalogue.doubt !== undefined)).toHaveLength(2);
    expect(alertsOf('answer-doubtful')).toHaveLength(2);
    expect(alertsOf('doubt-ended')).toHaveLength(2);
  });

  it('26.0.1 was first seen for phones two weeks after it was a release of one watch', () => {
    const { catalogue } = moments.at(-1) as Moment;
    const seen = (device: string) => {
      const offer = offersFor(catalogue, device).find(({ release }) => release === 'iOS 26.0.1');
      return offer && new Date(offer.firstSeenAt).toISOString().slice(0, 10);
    };

    expect(seen('Watch7,12')).toBe('2025-09-15');
    expect(seen('iPhone17,1')).toBe('2025-09-29');
  });

  it('the newest public release of every device rolls; what was replaced stops', () => {
    for (const { catalogue } of moments.filter((_, index) => index % 20 === 0)) {
      const devices = new Set(catalogue.releases.flatMap(({ groups }) => groups.flatMap((group) => group.devices)));
      const newest = [...devices].map((device) => offersFor(catalogue, device).find(({ isPublic }) => isPublic));
      expect(newest.filter((offer) => offer?.expirationRolls === true).length).toBeGreaterThan(250);
      expect(newest.filter((offer) => offer?.expirationRolls === false)).toEqual([]);
    }
    const { catalogue } = moments.at(-1) as Moment;
    expect(offersFor(catalogue, 'iPhone17,1').find(({ release }) => release === 'iOS 26.2')).toMatchObject({
      isPublic: false,
      expirationRolls: false,
    });
  });

  it('the newest release is per device', () => {
    const { at, catalogue } = moments.at(-1) as Moment;
    const newest = (device: string, isSupervised = true) =>
      newestOffer(catalogue, device, { isSupervised, now: at, combinedImprovements: true });

    expect(newest('iPhone17,1')).toMatchObject({ release: 'iOS 26.4', builds: ['23E246', '23E6246'] });
    expect(newest('iPhone11,2')?.release).toBe('iOS 18.7.7');
    expect(newest('J413AP', false)?.release).toBe('macOS 26.4');
    expect(hasDevice(catalogue, 'Mac14,2')).toBe(false);
  });

  it('the stored catalogue stays small', () => {
    expect(JSON.stringify((moments.at(-1) as Moment).catalogue).length).toBeLessThan(250_000);
  });
});
