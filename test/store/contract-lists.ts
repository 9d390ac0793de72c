import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import {
  type CountKey,
  DEVICE_SORTS,
  type DeviceFilter,
  type DeviceQuery,
  DeviceQueryError,
  type EnrollmentSummary,
  type ReconcileCommit,
  type Store,
} from '../../src/store/store.ts';
import { commitOf, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

type Listed = Partial<EnrollmentSummary> & { reason?: ReasonName };

function listed(id: string, { reason = 'verified', ...summary }: Listed = {}, basedOn = 0): ReconcileCommit {
  const commit = commitOf(id, { basedOn });
  commit.decision.reason = reason;
  return { ...commit, summary: { ...commit.summary, ...summary } };
}

async function fill(store: Store, devices: Record<string, Listed>): Promise<void> {
  await store.commitReconciled(Object.entries(devices).map(([id, device]) => listed(id, device)));
}

const ALL: DeviceQuery = { sort: 'id', isDescending: false, limit: 1_000 };

async function idsOf(store: Store, query: Partial<DeviceQuery> = {}): Promise<string[]> {
  const { devices, total } = await store.listDevices({ ...ALL, ...query });
  expect(total).toBe(devices.length);
  return devices.map(({ id }) => id);
}

/** Every page, one after the other; `between` is done before each but the first. */
async function pagesOf(store: Store, query: DeviceQuery, between: () => Promise<unknown> = async () => undefined): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page += 1) {
    if (page > 0) await between();
    const answer = await store.listDevices({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    expect(answer.devices.length).toBeLessThanOrEqual(query.limit);
    seen.push(...answer.devices.map(({ id }) => id));
    cursor = answer.next;
  }
  return seen;
}

export function testLists(bench: Bench): void {
  describe('a list of devices', () => {
    const FLEET: Record<string, Listed> = {
      A: {
        deviceName: 'Jörg’s iPad',
        serialNumber: 'C02XK',
        platform: 'iPadOS',
        runs: '26.9',
        tags: ['lab', 'Büro'],
        lookupKey: 'iPad13,4',
        lastSeenAt: NOON + 3,
      },
      B: {
        deviceName: 'jane mac',
        serialNumber: 'F9',
        platform: 'macOS',
        runs: '26.10',
        policy: 'staff',
        ring: 'canary',
        lookupKey: 'J413AP',
        lastSeenAt: NOON,
      },
      C: { platform: 'unknown', runs: undefined, reason: 'overdue', date: '2026-12-01', isHandedOut: true, lastSeenAt: NOON + 1 },
      D: {
        deviceName: '100%_\\',
        runs: '26.3.1 (a)',
        reason: 'not-seen',
        date: '2026-12-03',
        isExposed: true,
        isHolding: true,
        lastSeenAt: NOON + 1,
      },
      E: { deviceName: 'Zoo', serialNumber: 'A1', runs: '9.3', reason: 'overdue', tags: ['lab2'], isExposed: false, lastSeenAt: 0 },
    };

    it.each<[string, DeviceFilter, string]>([
      ['everything', {}, 'ABCDE'],
      ['a part of the name', { q: 'ane' }, 'B'],
      ['the name without its accent, its apostrophe typed, in capitals', { q: " JORG'S  I" }, 'A'],
      ['the name as it is written', { q: 'Jörg’s' }, 'A'],
      ['a part of the serial number, in small letters', { q: '2xk' }, 'A'],
      ['the id', { q: 'e' }, 'BE'],
      ['a tag', { q: 'buro' }, 'A'],
      ['blanks only', { q: '  ' }, 'ABCDE'],
      ['a wildcard of LIKE, which is a character as any', { q: '%' }, 'D'],
      ['another one', { q: '_\\' }, 'D'],
      ['a quotation mark', { q: `' OR 1=1 --` }, ''],
      ['a line break, which is a blank', { q: 'jane\nmac' }, 'B'],
      ['what only stands across two fields', { q: 'f9lab' }, ''],
      ['a reason', { reasons: ['overdue'] }, 'CE'],
      ['several', { reasons: ['overdue', 'not-seen', `'; DROP TABLE enrollments; --`] }, 'CDE'],
      ['none of the reasons', { reasons: [] }, ''],
      ['a platform', { platform: 'macOS' }, 'B'],
      ['the platform nobody can place', { platform: 'unknown' }, 'C'],
      ['a platform that is none', { platform: `' OR ''='` }, ''],
      ['a version', { version: '26.10' }, 'B'],
      ['a version written otherwise', { version: '26.9.0' }, 'A'],
      ['a version with its letter', { version: '26.3.1 (a)' }, 'D'],
      ['the version without', { version: '26.3.1' }, ''],
      ['a policy', { policy: 'staff' }, 'B'],
      ['a ring', { ring: 'canary' }, 'B'],
      ['models of Apple’s list', { lookupKeys: ['J413AP', 'iPad13,4', `' OR 1=1 --`] }, 'AB'],
      ['none of the models', { lookupKeys: [] }, ''],
      ['what runs something older', { below: '26.9' }, 'DE'],
      ['what runs something older than a letter', { below: '26.3.1 (b)' }, 'DE'],
      ['a whole tag', { tag: 'lab' }, 'A'],
      ['a tag as it is written', { tag: 'Lab' }, ''],
      ['from a day on', { from: '2026-12-02' }, 'D'],
      ['up to a day', { until: '2026-12-01' }, 'C'],
      ['days, both included', { from: '2026-12-01', until: '2026-12-03' }, 'CD'],
      ['a date in force', { isHandedOut: true }, 'C'],
      ['none in force', { isHandedOut: false }, 'ABDE'],
      ['a date that it holds', { isHolding: true }, 'D'],
      ['the fix of something exploited missing', { isExposed: true }, 'D'],
      ['such fixes there, which is not the same as not known', { isExposed: false }, 'E'],
      ['everything at once', { q: 'zo', reasons: ['overdue'], version: '9.3', tag: 'lab2', platform: 'iOS', isHandedOut: false }, 'E'],
    ])('finds by %s', async (_, filter, ids) => {
      const { store } = bench;
      await fill(store, FLEET);
      expect((await idsOf(store, filter)).join('')).toBe(ids);
      const counted = await store.countDevices(['reason', 'runs'], filter);
      expect(counted.reduce((sum, { devices }) => sum + devices, 0)).toBe(ids.length);
      // By time it is read from another end.
      expect((await idsOf(store, { ...filter, sort: 'lastSeenAt' })).sort().join('')).toBe(ids);
    });

    it.each<[DeviceQuery['sort'], string, string]>([
      ['id', 'ABCDE', 'EDCBA'],
      ['serial', 'EABCD', 'BAEDC'],
      ['name', 'DBAEC', 'EABDC'],
      ['platform', 'DEABC', 'CBAED'],
      ['version', 'EDABC', 'BADEC'],
      ['reason', 'DCEAB', 'BAECD'],
      ['policy', 'BACDE', 'BEDCA'],
      ['date', 'CDABE', 'DCEBA'],
      ['lastSeenAt', 'EBCDA', 'ADCBE'],
    ])('sorts by %s in both directions, whole and page by page', async (sort, ascending, descending) => {
      const { store } = bench;
      await fill(store, FLEET);
      for (const [isDescending, ids] of [
        [false, ascending],
        [true, descending],
      ] as const) {
        expect((await idsOf(store, { sort, isDescending })).join('')).toBe(ids);
        for (const limit of [1, 2, 5]) expect((await pagesOf(store, { sort, isDescending, limit })).join('')).toBe(ids);
      }
    });

    it('has each device as it was stored, and how many there are in all', async () => {
      const { store } = bench;
      await fill(store, FLEET);
      const { devices, total, next } = await store.listDevices({ ...ALL, q: 'jorg', limit: 1 });
      const { summary, decision } = listed('A', FLEET.A);
      expect({ devices, total, next }).toStrictEqual({ devices: [{ id: 'A', summary, decision }], total: 1, next: undefined });
      const page = await store.listDevices({ ...ALL, limit: 2 });
      expect([page.devices.length, page.total, typeof page.next]).toEqual([2, 5, 'string']);
    });

    it('shows a device as its last commit has it, also one that only was seen again', async () => {
      const { store } = bench;
      await fill(store, { A: { tags: ['lab'], deviceName: 'One', lastSeenAt: NOON }, B: { lastSeenAt: NOON + 1 } });
      await store.commitReconciled([
        { ...listed('A', { tags: ['lab'], deviceName: 'One', lastSeenAt: NOON + 2 }, 1), isListedTheSame: true },
      ]);
      expect((await idsOf(store, { sort: 'lastSeenAt' })).join('')).toBe('BA');
      expect(await idsOf(store, { tag: 'lab', q: 'one' })).toEqual(['A']);
      await store.commitReconciled([listed('A', { deviceName: 'Two', reason: 'overdue' }, 2)]);
      expect([await idsOf(store, { q: 'one' }), await idsOf(store, { tag: 'lab' }), await idsOf(store, { q: 'two' })]).toEqual([
        [],
        [],
        ['A'],
      ]);
      expect(await idsOf(store, { reasons: ['overdue'] })).toEqual(['A']);
    });

    it('leaves out and repeats nobody that keeps its place while others come, go on and change', async () => {
      const { store } = bench;
      const ids = Array.from({ length: 9 }, (_, index) => `D${index}`);
      await fill(store, Object.fromEntries(ids.map((id, index) => [id, { runs: `26.${index}` }])));
      let step = 0;
      const seen = await pagesOf(store, { sort: 'version', isDescending: false, limit: 2 }, async () => {
        step += 1;
        // One before the place and one after it; and one that moves from the end to the beginning.
        await fill(store, { [`N${step}`]: { runs: '1.0' }, [`Z${step}`]: { runs: '99.0' } });
        if (step === 1) await store.commitReconciled([listed('D8', { runs: '2.0' }, 1)]);
      });
      expect(seen.filter((id) => id.startsWith('D'))).toEqual(ids.slice(0, 8));
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('goes on behind a device that has gone to another place meanwhile', async () => {
      const { store } = bench;
      await fill(store, { A: { deviceName: 'a' }, B: { deviceName: 'b' }, C: { deviceName: 'c' } });
      const { next } = await store.listDevices({ ...ALL, sort: 'name', limit: 2 });
      await store.commitReconciled([listed('B', { deviceName: undefined }, 1)]);
      const { devices } = await store.listDevices({ ...ALL, sort: 'name', cursor: next as string });
      expect(devices.map(({ id }) => id)).toEqual(['C', 'B']);
    });

    it('told page by page is told once each, whatever it is sorted by', async () => {
      const few = <T>(...values: T[]) => fc.constantFrom(...values, undefined);
      const device = fc.record({
        deviceName: few('a', 'B', 'ä', '%', '東京'),
        serialNumber: few('S1', 's1', 'T'),
        platform: fc.constantFrom('iOS', 'macOS', 'unknown'),
        runs: few('26.9', '26.10', '26.10 (a)', '9.0'),
        policy: few('p', 'q'),
        date: few('2026-12-01', '2026-12-02'),
        reason: fc.constantFrom<ReasonName>('verified', 'overdue', 'paused'),
        lastSeenAt: fc.constantFrom(0, NOON, NOON + 1),
      });
      const query = fc.record({
        sort: fc.constantFrom(...DEVICE_SORTS),
        isDescending: fc.boolean(),
        limit: fc.integer({ min: 1, max: 7 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(device, { maxLength: 25 }), fc.array(query, { minLength: 1, maxLength: 4 }), async (devices, queries) => {
          const store = await bench.make({});
          const ids = devices.map((_, index) => `D${String(index).padStart(2, '0')}`);
          await fill(store, Object.fromEntries(ids.map((id, index) => [id, devices[index] as Listed])));
          for (const one of queries) {
            const seen = await pagesOf(store, one);
            expect(seen).toEqual(await idsOf(store, { ...one, limit: 1_000 }));
            expect([...seen].sort()).toEqual(ids);
          }
        }),
        { numRuns: 25 },
      );
    });

    it.each([0, 1_001, 1.5, Number.NaN])('refuses a limit of %d', async (limit) => {
      await expect(bench.store.listDevices({ ...ALL, limit })).rejects.toThrow(/limit is .*; expected a whole number from 1 to 1000/);
    });

    it('refuses to look for a text without end', async () => {
      await expect(bench.store.listDevices({ ...ALL, q: 'x'.repeat(201) })).rejects.toThrow('q has 201 characters; expected 200 at most.');
    });

    it('refuses a version that is none', async () => {
      const refusal = bench.store.listDevices({ ...ALL, version: 'newest' });
      await expect(refusal).rejects.toThrow(DeviceQueryError);
      await expect(refusal).rejects.toThrow('version is "newest"; expected a version such as 26.1');
    });

    it.each([
      ['nothing', ''],
      ['text', 'page 2'],
      ['base64 of something else', Buffer.from('{"a":1}').toString('base64url')],
      ['a place of the wrong kind', Buffer.from(JSON.stringify(['id', false, 7, 'A'])).toString('base64url')],
      ['a sort that there is not', Buffer.from(JSON.stringify(['id; DROP', false, 'A', 'A'])).toString('base64url')],
      ['something endless', 'A'.repeat(1_000_000)],
    ])('refuses a cursor of %s', async (_, cursor) => {
      const refusal = bench.store.listDevices({ ...ALL, cursor });
      await expect(refusal).rejects.toThrow(DeviceQueryError);
      await expect(refusal).rejects.toThrow('cursor is not one of ours; give "next" of the page before');
    });

    it('refuses a cursor of a list that was sorted otherwise', async () => {
      const { store } = bench;
      await fill(store, FLEET);
      const { next: cursor } = await store.listDevices({ ...ALL, sort: 'name', limit: 1 });
      for (const other of [{ sort: 'version' }, { sort: 'name', isDescending: true }] as const)
        await expect(store.listDevices({ ...ALL, ...other, cursor: cursor as string })).rejects.toThrow(
          'sorted otherwise (by name, ascending)',
        );
    });
  });

  describe('counts of devices', () => {
    const COUNTED: Record<string, Listed> = {
      A: {
        policy: 'staff',
        ring: 'canary',
        runs: '26.10',
        date: '2026-12-01',
        isHandedOut: true,
        isExposed: true,
        deviceName: 'a',
        lookupKey: 'iPad13,4',
      },
      B: {
        policy: 'staff',
        ring: 'early',
        runs: '26.9',
        date: '2026-12-01',
        isHandedOut: true,
        isExposed: true,
        tags: ['x'],
        lookupKey: 'iPad13,4',
      },
      C: { policy: 'staff', ring: 'canary', runs: '26.10', date: '2026-12-02', isHolding: true, isExposed: false },
      D: { runs: '26.3.1 (a)', platform: 'macOS' },
      E: { reason: 'overdue' },
    };

    it.each<[CountKey[], DeviceFilter, object[]]>([
      [[], {}, [{ devices: 5 }]],
      [[], { policy: 'nobody' }, []],
      [
        ['reason'],
        {},
        [
          { reason: 'overdue', devices: 1 },
          { reason: 'verified', devices: 4 },
        ],
      ],
      [
        ['platform', 'runs'],
        {},
        [
          { platform: 'iOS', devices: 1 },
          { platform: 'iOS', runs: '26.9', devices: 1 },
          { platform: 'iOS', runs: '26.10', devices: 2 },
          { platform: 'macOS', runs: '26.3.1 (a)', devices: 1 },
        ],
      ],
      [
        ['ring', 'policy'],
        {},
        [{ devices: 2 }, { policy: 'staff', ring: 'canary', devices: 2 }, { policy: 'staff', ring: 'early', devices: 1 }],
      ],
      [['date'], { isHandedOut: true }, [{ date: '2026-12-01', devices: 2 }]],
      [
        ['isHandedOut'],
        {},
        [
          { isHandedOut: false, devices: 3 },
          { isHandedOut: true, devices: 2 },
        ],
      ],
      [
        ['isHolding'],
        {},
        [
          { isHolding: false, devices: 4 },
          { isHolding: true, devices: 1 },
        ],
      ],
      [
        ['lookupKey', 'runs'],
        { isHandedOut: true },
        [
          { lookupKey: 'iPad13,4', runs: '26.9', devices: 1 },
          { lookupKey: 'iPad13,4', runs: '26.10', devices: 1 },
        ],
      ],
      [['isExposed'], {}, [{ devices: 2 }, { isExposed: false, devices: 1 }, { isExposed: true, devices: 2 }]],
      [['isExposed'], { q: 'x' }, [{ isExposed: true, devices: 1 }]],
    ])('by %j, of %j', async (by, filter, counts) => {
      const { store } = bench;
      expect(await store.countDevices(by, filter)).toEqual([]);
      await fill(store, COUNTED);
      const counted = await store.countDevices(by, filter);
      expect(counted).toHaveLength(counts.length);
      expect(counted).toEqual(expect.arrayContaining(counts));
    });
  });
}
