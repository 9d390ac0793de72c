import { describe, expect, it } from 'vitest';
import type { FleetCount } from '../../src/engine/fleet-tally.ts';
import { behindBy, daysBehind } from '../../src/engine/metrics/days-behind.ts';
import { readingsByPolicy, readingsByReason, readingsByRing, readingsByVersion } from '../../src/engine/metrics/fleet-readings.ts';
import { createMetrics } from '../../src/engine/metrics/metrics.ts';
import { POLICIES_MAX, RINGS_MAX, VERSIONS_MAX } from '../../src/engine/metrics/metrics-table.ts';
import { fleetOf } from '../../src/engine/show/fleet.ts';
import { PLATFORMS } from '../../src/os/platform.ts';
import { REASON_GROUPS } from '../../src/reasons/groups.ts';
import type { DeviceCount, Store } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, MAC_KEY, NOW, PHONE, release } from '../decide/builders.ts';
import { parseExposition } from '../web/exposition.ts';
import { createHouse } from './house.ts';

function some(devices: number, changes: Partial<DeviceCount> = {}): DeviceCount {
  return { devices, reason: 'verified', platform: 'iOS', isHandedOut: false, isHolding: false, ...changes };
}

/** Scrapes an installation whose devices are these; `placing`: another server answers them, up since then. */
async function exposition(counts: DeviceCount[], placing?: { upSince: number; waiting: number }): Promise<string> {
  const countDevices = (async (_by: unknown, filter: { isHandedOut?: boolean } = {}) =>
    counts.filter(({ isHandedOut }) => filter.isHandedOut === undefined || isHandedOut === filter.isHandedOut)) as Store['countDevices'];
  const house = createHouse({ store: (store) => ({ ...store, countDevices }) });
  const { store, standing, clock } = house;
  if (placing) standing.placing = { upSince: placing.upSince };
  const ports = { store, clock: { ...clock, elapsed: clock.now }, feed: undefined };
  const host = { name: '', capabilities: {}, enqueue: undefined, push: undefined, probe: undefined } as never;
  const metrics = createMetrics({ ...ports, host }, '1.2.3');
  const show = { fleet: () => fleetOf(store, standing, clock) };
  const others = { ddm: { waiting: () => placing?.waiting }, forwarding: { states: () => [] } };
  return (await metrics.scrape({ store, show, standing, clock, ...others })).text;
}

describe('labels', () => {
  /** Every device its own version, policy and ring, on platforms and with reasons that there are. */
  const odd = Array.from({ length: 10_000 }, (_, n) =>
    some(1, {
      runs: `${10 + Math.floor(n / 1_000)}.${n % 1_000}`,
      platform: PLATFORMS[n % PLATFORMS.length] as string,
      policy: `policy ${n}`,
      ring: `ring ${n}`,
      reason: n % 2 === 0 ? 'overdue' : `reason of a later version ${n}`,
    }),
  );

  it('stay few, however odd the fleet is, and no device is lost', async () => {
    const text = await exposition(odd);
    const families = parseExposition(text);
    const lines = (name: string) => families.get(name)?.samples ?? [];
    const sum = (name: string) => lines(name).reduce((total, { value }) => total + value, 0);
    expect(lines('ratchet_devices_by_version').length).toBe(PLATFORMS.length * (VERSIONS_MAX + 1));
    expect(lines('ratchet_devices').length).toBe(PLATFORMS.length);
    expect(lines('ratchet_devices_by_policy').length).toBe((POLICIES_MAX + 1) * REASON_GROUPS.length);
    expect(lines('ratchet_devices_by_ring').length).toBe((RINGS_MAX + 1) * REASON_GROUPS.length);
    for (const name of ['ratchet_devices', 'ratchet_devices_by_version']) expect([name, sum(name)]).toEqual([name, 10_000]);
    // A reason of a later version stands in no group.
    for (const name of ['ratchet_devices_by_policy', 'ratchet_devices_by_ring']) expect([name, sum(name)]).toEqual([name, 5_000]);
    expect(text.split('\n').length).toBeLessThan(2_000);
  });
});

describe('a server that our declarations are kept in', () => {
  const told = async (placing?: { upSince: number; waiting: number }) => {
    const families = parseExposition(await exposition([], placing));
    return ['ratchet_declaration_server_up', 'ratchet_declarations_waiting'].map((name) => families.get(name)?.samples[0]?.value);
  };

  it('is up or not, with so many devices waiting for it', async () => {
    expect(await told({ upSince: 0, waiting: 0 })).toEqual([1, 0]);
    expect(await told({ upSince: Number.MAX_SAFE_INTEGER, waiting: 3 })).toEqual([0, 3]);
  });

  it('is not told of where there is none', async () => {
    expect(await told()).toEqual([undefined, undefined]);
  });
});

describe('readings', () => {
  it('of versions are of those that most devices run, and the rest together', () => {
    const versions = Array.from({ length: 30 }, (_, n) => ({ version: `26.${n}`, devices: n + 1 }));
    const readings = readingsByVersion([{ platform: 'iOS', devices: 470, versions: [...versions, { devices: 5 }] }]);
    expect(readings[0]).toEqual({ labels: { platform: 'iOS', version: '26.29' }, value: 30 });
    expect(readings.at(-3)?.labels.version).toBe('26.10');
    expect(readings.slice(-2)).toEqual([
      { labels: { platform: 'iOS', version: '(other)' }, value: 55 },
      { labels: { platform: 'iOS', version: '(unknown)' }, value: 5 },
    ]);
  });

  it('of reasons have the group of the reason, and take together what differs in anything else', () => {
    const counts = [some(1, { reason: 'overdue', runs: '26.1' }), some(2, { reason: 'overdue', runs: '26.2' }), some(4, { reason: 'new' })];
    expect(readingsByReason(counts as FleetCount[])).toEqual([
      { labels: { platform: 'iOS', group: 'broken', reason: 'overdue' }, value: 3 },
      { labels: { platform: 'iOS', group: '(unknown)', reason: '(unknown)' }, value: 4 },
    ]);
  });

  it('of policies and rings name those without one apart', () => {
    const groups = { 'needs-person': 1, broken: 0, held: 0, 'on-the-way': 2, 'left-alone': 0, current: 0 };
    expect(
      readingsByPolicy([
        { policy: 'staff', devices: 3, groups },
        { devices: 3, groups },
      ]).map(({ labels }) => labels.policy),
    ).toEqual([...Array.from({ length: 6 }, () => 'staff'), ...Array.from({ length: 6 }, () => '(none)')]);
    expect(readingsByRing([{ policy: 'staff', ring: 'canary', devices: 3, groups }])).toContainEqual({
      labels: { policy: 'staff', ring: 'canary', group: 'on-the-way' },
      value: 2,
    });
  });
});

describe('days behind', () => {
  const behind = behindBy(
    catalogue([
      release('40.7', { firstSeenAt: NOW - 3 * DAY_MS }),
      release('40.6', { firstSeenAt: NOW - 20 * DAY_MS, postingDate: '2040-08-11' }),
      release('40.6', { platform: 'macOS', devices: [MAC_KEY], firstSeenAt: NOW - 10 * DAY_MS }),
      // Later than the newer one: who misses both is behind since the first of them.
      release('40.5.1', { devices: [PHONE], firstSeenAt: NOW - DAY_MS }),
      release('40.7.1 (a)', { firstSeenAt: NOW - DAY_MS }),
      release('40.8', { firstSeenAt: NOW - DAY_MS, withdrawnAt: NOW }),
      release('41.0', { devices: ['iPad99,1'], firstSeenAt: NOW - 100 * DAY_MS }),
    ]),
  );

  it.each<[string, string, string | undefined]>([
    ['iOS', '40.5', '2040-08-11'],
    ['iOS', '40.6', '2040-09-07'],
    ['iOS', '40.7', undefined],
    ['iOS', '99', undefined],
    ['iPadOS', '40.7', '2040-06-02'],
    ['macOS', '40.5', '2040-08-31'],
    ['tvOS', '40.5', undefined],
  ])('a device of %s on %s lacks a release since %s', (platform, runs, since) => {
    expect(behind(platform, runs)).toBe(since);
  });

  it('count devices that are not where they should be, by whole UTC days', () => {
    const on = (runs: string, devices: number, reason = 'overdue') => some(devices, { runs, reason }) as FleetCount;
    const counts = [on('40.5', 1), on('40.6', 2), on('40.6', 4, 'paused'), on('40.5', 8, 'verified'), on('40.5', 16, 'unenrolled')];
    expect(daysBehind(counts, behind, NOW)).toEqual([
      { platform: 'iOS', days: '30-89', devices: 1 },
      { platform: 'iOS', days: '0-6', devices: 6 },
    ]);
    // Offered on 7 September: the seventh day after it is the 14th.
    const at = (day: string) => daysBehind([on('40.6', 1)], behind, Date.parse(`${day}T23:59:59Z`))[0]?.days;
    expect([at('2040-09-13'), at('2040-09-14'), at('2040-09-20'), at('2040-09-21'), at('2040-12-05'), at('2040-12-06')]).toEqual([
      '0-6',
      '7-13',
      '7-13',
      '14-29',
      '30-89',
      '90+',
    ]);
  });

  it('are not known without a list of releases', () => {
    expect(behindBy(undefined)('iOS', '40.5')).toBeUndefined();
  });
});
