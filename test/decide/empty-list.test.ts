import { expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, input, MAC_FACTS, NOW, REQUIRED, release } from './builders.ts';

/** Promise 8: a Mac without a lookup key whose own list is empty is not hoped to be current. */
const releases = catalogue([release('11.7.11', { platform: 'macOS', devices: ['another'] })]);

it.each([
  ['ten times over ten days, on the newest of its major version', '11.7.11', 10, 10 * DAY_MS, 'verified'],
  ['nine times', '11.7.11', 9, 10 * DAY_MS, 'waiting-for-list'],
  ['over less than ten days', '11.7.11', 10, 10 * DAY_MS - HOUR_MS, 'waiting-for-list'],
  ['while Apple lists something newer for other Macs', '11.2.3', 19, 30 * DAY_MS, 'waiting-for-list'],
])('an empty list told %s', (_, osVersion, times, span, reason) => {
  const lastAt = NOW - HOUR_MS;
  const options = input({
    enrollment: { facts: { ...MAC_FACTS, osVersion, softwareUpdateDeviceId: undefined, availableUpdates: [] } },
    catalogue: releases,
    memory: { ...REQUIRED, listedNothing: { since: lastAt - span, lastAt, times } },
  });
  expect(decide(options).reason).toBe(reason);
});
