import { describe, expect, it } from 'vitest';
import { DevicesAnswer, FleetAnswer } from '../../src/engine/answers.ts';
import { exposedDaysOf, exposureOf, fleetDayOf, groupsOf, versionsOf } from '../../src/engine/fleet-tally.ts';
import { createShow } from '../../src/engine/show/show.ts';
import type { DeviceCount, Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { DEVICE, NOW } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** NOW is 2040-09-10, 08:00 UTC: in the latest zone it is still the 9th. */

function some(devices: number, changes: Partial<DeviceCount> = {}): DeviceCount {
  return { devices, reason: 'verified', platform: 'iOS', isHandedOut: false, isHolding: false, ...changes };
}

async function fleetWith(counts: DeviceCount[], change: (house: ReturnType<typeof createHouse>) => unknown = () => undefined) {
  const countDevices: Store['countDevices'] = async (_by, filter = {}) =>
    counts.filter(({ isHandedOut }) => filter.isHandedOut === undefined || filter.isHandedOut === isHandedOut);
  const house = createHouse({ store: (store): Store => ({ ...store, countDevices }) });
  await change(house);
  return FleetAnswer.parse(await createShow(house.store, house.standing, house.clock).fleet());
}

describe('the fleet in numbers', () => {
  it('has every group, and the reasons a person should look at first', async () => {
    const fleet = await fleetWith([
      some(50),
      some(3, { reason: 'overdue' }),
      some(2, { reason: 'overdue', platform: 'macOS' }),
      some(9, { reason: 'not-seen' }),
      some(7, { reason: 'waiting-for-date' }),
      some(1, { reason: 'no-policy' }),
      some(4, { reason: 'paused' }),
      some(5, { reason: 'of a later version' }),
    ]);
    expect(fleet.devices).toBe(81);
    expect(fleet.groups).toEqual({ broken: 5, 'needs-person': 9, held: 4, 'on-the-way': 7, 'left-alone': 1, current: 50 });
    expect(fleet.reasons.map(({ reason, devices }) => `${reason} ${devices}`)).toEqual([
      'overdue 5',
      'not-seen 9',
      'paused 4',
      'waiting-for-date 7',
      'no-policy 1',
      'verified 50',
    ]);
    expect(fleet.reasons[0]).toEqual({
      reason: 'overdue',
      devices: 5,
      group: 'broken',
      needsPerson: true,
      sentence: expect.stringContaining('The date is past'),
      remedy: expect.stringContaining('Restart the device'),
    });
  });

  it('has versions by platform, numerically, and nobody who left', async () => {
    const { platforms } = await fleetWith([
      some(1, { runs: '26.9' }),
      some(2, { runs: '26.10' }),
      some(3, { runs: '26.9', reason: 'overdue' }),
      some(4),
      some(20, { platform: 'macOS', runs: '26.1 (a)' }),
      some(99, { runs: '9.3', reason: 'unenrolled' }),
    ]);
    expect(platforms).toEqual([
      { platform: 'macOS', devices: 20, versions: [{ version: '26.1 (a)', devices: 20 }] },
      { platform: 'iOS', devices: 10, versions: [{ version: '26.10', devices: 2 }, { version: '26.9', devices: 4 }, { devices: 4 }] },
    ]);
  });

  it('has the restarts of the next 30 days, day by day, and the dates that are over everywhere', async () => {
    const on = (date: string, devices: number, isHandedOut = true) => some(devices, { date, isHandedOut, isHolding: isHandedOut });
    const fleet = await fleetWith([
      on('2040-09-07', 1),
      on('2040-09-08', 2),
      on('2040-09-09', 4),
      on('2040-09-10', 8),
      on('2040-09-10', 100, false),
      on('2040-10-08', 16),
      on('2040-10-09', 32),
      some(3, { isHandedOut: true }),
    ]);
    expect(fleet.overdue).toEqual({ devices: 3, since: '2040-09-07' });
    expect(fleet.restarts).toHaveLength(30);
    expect(fleet.restarts.slice(0, 3)).toEqual([
      { date: '2040-09-09', devices: 4 },
      { date: '2040-09-10', devices: 8 },
      { date: '2040-09-11', devices: 0 },
    ]);
    expect(fleet.restarts.at(-1)).toEqual({ date: '2040-10-08', devices: 16 });
    expect([fleet.later, fleet.handedOut, fleet.holding]).toEqual([32, 63, 63]);
  });

  it('has policies and rings by name', async () => {
    const { policies, rings } = await fleetWith([
      some(1, { policy: 'staff', ring: 'everyone' }),
      some(2, { policy: 'staff', ring: 'canary', reason: 'overdue' }),
      some(3, { policy: 'lab', ring: 'canary' }),
      some(4),
    ]);
    const none = { broken: 0, 'needs-person': 0, held: 0, 'on-the-way': 0, 'left-alone': 0, current: 0 };
    expect(policies).toEqual([
      { policy: 'lab', devices: 3, groups: { ...none, current: 3 } },
      { policy: 'staff', devices: 3, groups: { ...none, current: 1, broken: 2 } },
      { devices: 4, groups: { ...none, current: 4 } },
    ]);
    expect(rings).toEqual([
      { policy: 'lab', ring: 'canary', devices: 3, groups: { ...none, current: 3 } },
      { policy: 'staff', ring: 'canary', devices: 2, groups: { ...none, broken: 2 } },
      { policy: 'staff', ring: 'everyone', devices: 1, groups: { ...none, current: 1 } },
    ]);
  });

  it('has its exposure only when SOFA told something', async () => {
    const counts = [
      some(5, { isExposed: true }),
      some(6, { isExposed: false }),
      some(1, { isExposed: false, platform: 'macOS' }),
      some(9, { platform: 'tvOS' }),
    ];
    expect((await fleetWith(counts)).exposure).toBeUndefined();
    const sofa = (house: ReturnType<typeof createHouse>) => {
      house.standing.severities = { schema: 1, platforms: [] };
    };
    expect((await fleetWith(counts, sofa)).exposure).toEqual({
      ...{ devices: 5, of: 12 },
      platforms: [
        { platform: 'iOS', devices: 5, of: 11 },
        { platform: 'macOS', devices: 0, of: 1 },
      ],
    });
    expect((await fleetWith([some(9)], sofa)).exposure).toEqual({ devices: 0, of: 0, platforms: [] });
  });

  it('says what waits for a person, what is wrong, and what was ordered', async () => {
    const held = { plan: 'abc', handedOut: 500, broughtForward: 2, limit: 100 };
    const fleet = await fleetWith([], async ({ store, standing }) => {
      await store.saveSite({ heldPolicies: { ...held, file: 'ratchet.yaml', hash: 'h', at: NOW - HOUR_MS } });
      standing.severitiesTold = {
        schema: 1,
        platforms: [{ platform: 'macOS', releases: [], goodAt: NOW, held: { ...held, plannedAt: NOW, since: NOW - DAY_MS, releases: [] } }],
      };
      standing.control = { state: 'stopped', pausedPolicies: ['lab'], held: 'this is a copy of another store' };
      await store.raiseAlert({ key: 'k', at: NOW, sentence: 'Something is wrong.', detail: { secret: 1 } });
    });
    expect(fleet).toMatchObject({
      at: NOW,
      state: 'held',
      because: 'this is a copy of another store',
      pausedPolicies: ['lab'],
      devices: 0,
      reasons: [],
      alerts: [{ key: 'k', at: NOW, sentence: 'Something is wrong.' }],
    });
    expect(fleet.held).toEqual([
      { kind: 'policies', name: 'ratchet.yaml', since: NOW - HOUR_MS, ...held },
      { kind: 'severities', name: 'macOS', since: NOW - DAY_MS, ...held },
    ]);
  });
});

describe('totals', () => {
  it('of nobody are none', () => {
    expect([Object.values(groupsOf([])), versionsOf([]), exposureOf([some(3)])]).toEqual([[0, 0, 0, 0, 0, 0], [], undefined]);
  });

  it('of days on which exposure was told are device-days, each day for itself', () => {
    expect(exposedDaysOf([{ exposed: 4 }, {}, { exposed: 0 }, { exposed: 3 }])).toEqual({ deviceDays: 7, days: 3 });
    expect(exposedDaysOf([{}])).toBeUndefined();
  });

  it('of a day are named by the UTC day they were counted on', () => {
    expect(fleetDayOf([some(3)], [some(3, { isExposed: true })], NOW + 16 * HOUR_MS - 1)).toMatchObject({ day: '2040-09-10', exposed: 3 });
    expect(fleetDayOf([some(3)], [some(3)], NOW + 16 * HOUR_MS)).not.toHaveProperty('exposed');
  });
});

describe('a page of devices', () => {
  it('tells of each what a person asks first', async () => {
    const house = createHouse();
    await house.enroll({ serialNumber: 'S1', deviceName: 'Jane’s iPhone' });
    await house.enroll({ osVersion: '40.6' }, 'D2');
    const show = createShow(house.store, house.standing, house.clock);
    const page = DevicesAnswer.parse(await show.devices({ sort: 'id', isDescending: false, limit: 1 }));
    expect(page).toMatchObject({ schema: 'ratchet.devices/1', total: 2, next: expect.any(String) });
    expect(page.devices).toEqual([
      {
        id: DEVICE,
        serial: 'S1',
        name: 'Jane’s iPhone',
        platform: 'iOS',
        productName: 'iPhone90,1',
        osVersion: '40.5',
        build: '40F50',
        tags: [],
        target: '40.6',
        policy: 'everyone',
        date: expect.stringMatching(/^2040-09-\d\dT18:00:00$/),
        reason: 'awaiting-sync',
        group: 'on-the-way',
        isHandedOut: true,
        isHolding: false,
        lastSeenAt: NOW,
        next: expect.any(String),
      },
    ]);
    const rest = await show.devices({ sort: 'id', isDescending: false, limit: 1, cursor: page.next as string });
    expect([rest.devices.map(({ id, group }) => [id, group]), rest.next]).toEqual([[['D2', 'current']], undefined]);
  });
});
