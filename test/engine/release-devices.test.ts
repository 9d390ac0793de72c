import { describe, expect, it } from 'vitest';
import { couldTakeFilter, releaseDevicesOf } from '../../src/engine/show/release-devices.ts';
import { parseVersion } from '../../src/os/version.ts';
import type { Catalogue, CatalogueRelease, DeviceGroup } from '../../src/releases/catalogue.types.ts';
import type { DeviceCount } from '../../src/store/store.ts';
import { NOW } from '../decide/builders.ts';

/** Which of ours could take a release: by the models Apple lists it for, and what each is known to run. */

function group(devices: string[], changes: Partial<DeviceGroup> = {}): DeviceGroup {
  return {
    devices,
    ...{ builds: ['40G60'], prerequisiteBuilds: [], isPublic: true, isManaged: true, isImprovement: false },
    ...{ expirationRolls: true, firstSeenAt: NOW },
    ...changes,
  };
}

function release(text: string, ...groups: DeviceGroup[]): CatalogueRelease {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(text);
  return { key: `iOS ${text}`, platform: 'iOS', version, groups };
}

const CATALOGUE: Catalogue = {
  schema: 1,
  releases: [
    release('40.6', group(['A', 'B']), group(['gone'], { unlistedAt: NOW }), group(['back'], { withdrawnAt: NOW })),
    release('40.6.1', group(['A'])),
    release('39.9', group(['A'], { unlistedAt: NOW })),
  ],
  droppedEntries: 0,
};

type Counted = DeviceCount<'reason' | 'lookupKey' | 'runs'>;
const some = (devices: number, lookupKey: string | undefined, runs: string | undefined, reason = 'overdue'): Counted => ({
  devices,
  reason,
  ...(lookupKey === undefined ? {} : { lookupKey }),
  ...(runs === undefined ? {} : { runs }),
});

async function countsOf(...counts: Counted[]): Promise<Record<string, [number, number]>> {
  const { releases } = await releaseDevicesOf({ countDevices: async () => counts as never }, CATALOGUE);
  return Object.fromEntries(releases.map(({ release: key, couldTake, run }) => [key, [couldTake, run]]));
}

describe('the devices a release is for', () => {
  it('are those of its models that run something older, whatever their reason', async () => {
    expect(await countsOf(some(5, 'A', '40.5'), some(3, 'B', '39.1', 'verified'), some(2, 'A', '40.6'), some(1, 'A', '40.6.1'))).toEqual({
      'iOS 40.6': [8, 2],
      'iOS 40.6.1': [7, 1],
      'iOS 39.9': [0, 0],
    });
  });

  it.each<[string, Counted]>([
    ['models it was taken back from', some(5, 'back', '40.5')],
    ['models it is no longer listed for', some(5, 'gone', '40.5')],
    ['models it never was for', some(5, 'C', '40.5')],
    ['devices of no known model', some(5, undefined, '40.5')],
    ['devices of which nobody knows what they run', some(5, 'A', undefined)],
    ['devices that have left', some(5, 'A', '40.5', 'unenrolled')],
  ])('are not %s', async (_, count) => {
    expect((await countsOf(count))['iOS 40.6']).toEqual([0, 0]);
  });

  it('are found by the same models and version, without those that have left', () => {
    expect(couldTakeFilter(CATALOGUE, 'iOS 40.6')).toMatchObject({ lookupKeys: ['A', 'B'], below: '40.6' });
    expect(couldTakeFilter(CATALOGUE, 'iOS 40.6').reasons).not.toContain('unenrolled');
    expect(couldTakeFilter(CATALOGUE, 'iOS 40.6').reasons?.length).toBeGreaterThan(30);
    expect(couldTakeFilter(CATALOGUE, 'iOS 40.6', ['overdue', 'unenrolled']).reasons).toEqual(['overdue']);
    expect(couldTakeFilter(CATALOGUE, 'iOS 99')).toEqual({ reasons: [] });
    expect(couldTakeFilter(undefined, 'iOS 40.6')).toEqual({ reasons: [] });
  });
});
