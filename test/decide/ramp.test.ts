import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { OfferedReleases } from '../../src/decide/input.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { type EnrollmentOptions, type FactValues, input, NOW, PHONE, PHONE_FACTS, RELEASES, release } from './builders.ts';
import { createStory } from './story.ts';

/** Apple's own ramp: which new releases a model was offered, as its devices tell. */

const NONE: OfferedReleases = new Map();
const lists = (version: string): FactValues => ({
  ...PHONE_FACTS,
  availableUpdates: [{ productKey: 'k', name: `iOS ${version}`, version }],
});

function offered(device: EnrollmentOptions, more: Partial<Parameters<typeof input>[0]> = {}) {
  return decide(input({ enrollment: device, offered: NONE, ...more })).offered;
}

describe('a device was offered a new release', () => {
  const RUNS = { ...PHONE_FACTS, osVersion: '40.6', buildVersion: '40G60' };

  it.each<[string, EnrollmentOptions, boolean]>([
    ['that it lists', { facts: lists('40.6') }, true],
    ['that it runs', { facts: RUNS }, true],
    ['not when it says nothing of it', {}, false],
    ['not when it lists an older one', { facts: lists('40.5') }, false],
    ['not when it runs a newer one', { facts: { ...RUNS, osVersion: '40.7' } }, false],
  ])('%s', (_, device, expected) => {
    expect(offered(device)).toEqual(expected ? { deviceKey: PHONE, releases: ['iOS 40.6'] } : undefined);
  });

  it.each([
    ['waiting', false],
    ['downloading', true],
    ['prepared', true],
    ['installing', true],
    ['failed', false],
  ])('when it is %s: %s', (installState, expected) => {
    const story = createStory();
    story.answers();
    story.syncs();
    const report = { fullReport: false, installState, refusedStatusItems: [] };
    expect(story.hear({ kind: 'status-report', report }, story.now + 1_000).offered !== undefined).toBe(expected);
  });

  it('and says so once only, and not of what has been out for two weeks', () => {
    expect(offered({ facts: RUNS }, { offered: new Map([['iOS 40.6', new Set([PHONE])]]) })).toBeUndefined();
    expect(offered({ facts: RUNS }, { offered: new Map([['iOS 40.6', new Set(['iPhone1,1'])]]) })).toBeDefined();
    const old = [release('40.6', { firstSeenAt: NOW - 14 * DAY_MS }), ...RELEASES.slice(1)];
    expect(offered({ facts: RUNS }, { catalogue: { ...input().catalogue, releases: old } as never })).toBeUndefined();
  });
});
