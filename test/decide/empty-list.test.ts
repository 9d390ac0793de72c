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

/** Rule 2: which of Apple's models it is can't be told. */
it.each([
  ['from none: what it lists', undefined, 'macOS 13.7.8'],
  ['from some models: maybe from this Mac', NOW - DAY_MS, 'macOS 12.7.6'],
])('a release that Apple took back %s', (_, withdrawnAt, expected) => {
  const listed = [{ version: '13.7.8' }, { version: '12.7.6' }].map((update) => ({
    ...update,
    isMajor: true,
    productKey: update.version,
    name: 'macOS',
  }));
  const options = input({
    enrollment: { facts: { ...MAC_FACTS, osVersion: '11.6.8', softwareUpdateDeviceId: undefined, availableUpdates: listed as never } },
    catalogue: catalogue([
      {
        ...release('13.7.8', { platform: 'macOS' }),
        groups: [
          ...release('13.7.8', { platform: 'macOS', devices: ['one'] }).groups,
          ...release('13.7.8', { platform: 'macOS', devices: ['another'], ...(withdrawnAt === undefined ? {} : { withdrawnAt }) }).groups,
        ],
      },
      release('12.7.6', { platform: 'macOS', devices: ['one', 'another'] }),
    ]),
  });
  expect(decide(options).target?.release).toBe(expected);
});
