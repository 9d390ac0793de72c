import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { createDeviceLists } from '../../src/store/sqlite/list-devices.ts';
import { openSqliteStore, storeOver } from '../../src/store/sqlite/store.ts';
import { DEVICE_SORTS, type DeviceFilter, type DeviceQuery } from '../../src/store/store.ts';
import { commitOf, NOON } from './builders.ts';

const clock = { turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };
const ALL: DeviceQuery = { sort: 'id', isDescending: false, limit: 10 };

describe('the plans of lists in SQLite', () => {
  /** How SQLite goes about what `run` asks, a line a step; so many devices are few. */
  async function plansOf(few: number, run: (lists: ReturnType<typeof createDeviceLists>) => Promise<unknown>): Promise<string[]> {
    const db = openDatabase(':memory:');
    const store = storeOver(db, clock);
    for (const id of ['A', 'B', 'C']) await store.commitReconciled([commitOf(id)]);
    const lists = createDeviceLists(db, few);
    const asked: string[] = [];
    const prepare = db.prepare.bind(db);
    db.prepare = ((sql: string) => {
      asked.push(sql);
      return prepare(sql);
    }) as typeof db.prepare;
    await run(lists);
    const steps = asked.flatMap((sql) => {
      const unknown = Array.from(sql.matchAll(/\?/g), () => 1);
      return (prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...unknown) as { detail: string }[]).map(({ detail }) => detail);
    });
    await store.close();
    return steps.filter((step) => /^(SCAN|SEARCH)/.test(step));
  }

  const filters: DeviceFilter[] = [{}, { q: 'a' }, { platform: 'iOS', isHandedOut: false }, { reasons: ['inventory-missing', 'overdue'] }];

  it.each(DEVICE_SORTS)('sorted by %s read nothing but indices until they know whom they mean', async (sort) => {
    for (const [few, filter] of [0, 1_000].flatMap((few) => filters.map((filter) => [few, filter] as const))) {
      const steps = await plansOf(few, async (lists) => {
        const { next } = await lists.listDevices({ ...ALL, ...filter, sort, limit: 1 });
        await lists.listDevices({ ...ALL, ...filter, sort, ...(next === undefined ? {} : { cursor: next }) });
      });
      expect(steps.length).toBeGreaterThanOrEqual(4);
      for (const step of steps) expect(step).toMatch(/USING COVERING INDEX|USING INTEGER PRIMARY KEY|SCAN json_each/);
    }
  });

  it('that only count are not otherwise', async () => {
    for (const by of [['reason', 'platform', 'runs'], ['ring'], []] as const) {
      const steps = await plansOf(0, (lists) => lists.countDevices(by));
      expect(steps).toEqual(['SCAN enrollments USING COVERING INDEX enrollments_listed']);
    }
  });
});

it('few devices and many are found by other ways, and are the same', async () => {
  const db = openDatabase(':memory:');
  const store = storeOver(db, clock);
  await store.commitReconciled(
    Array.from({ length: 60 }, (_, index) => {
      const commit = commitOf(`D${index}`);
      const platform = ['iOS', 'macOS', 'tvOS'][index % 3] as string;
      const runs = ['26.9', '26.10', undefined][(index >> 2) % 3];
      return { ...commit, summary: { ...commit.summary, platform, runs, deviceName: `n${index % 7}`, lastSeenAt: NOON + (index % 5) } };
    }),
  );
  const ways = [createDeviceLists(db, 0), createDeviceLists(db, 25), createDeviceLists(db)];
  const filter = fc.record(
    { q: fc.constantFrom('n1', 'd1', 'd'), platform: fc.constantFrom('iOS', 'macOS', 'none'), version: fc.constantFrom('26.9', '26.10') },
    { requiredKeys: [] },
  );
  const query = fc.record({ sort: fc.constantFrom(...DEVICE_SORTS), isDescending: fc.boolean(), limit: fc.integer({ min: 1, max: 30 }) });
  await fc.assert(
    fc.asyncProperty(filter, query, async (meant, how) => {
      for (let cursor: string | undefined, page = 0; page === 0 || cursor !== undefined; page += 1) {
        const asked: DeviceQuery = { ...meant, ...how, ...(cursor === undefined ? {} : { cursor }) };
        const [one, ...others] = await Promise.all(ways.map((lists) => lists.listDevices(asked)));
        for (const other of others) expect(other).toEqual(one);
        cursor = one?.next;
      }
    }),
  );
  await store.close();
});

describe('a database of before there were lists', () => {
  const decision = {
    reason: 'waiting-for-date',
    policy: 'staff',
    isHandedOut: true,
    enforcement: { local: '2026-12-01T18:00:00' },
    counted: { date: '2026-12-01' },
    holds: '2026-12-01T18:00:00',
  };
  const waiting = { rollout: { policy: 'staff', ring: 'everyone' }, rolloutNext: { policy: 'staff', ring: 'canary' } };

  async function opened(rows: { id: string; version: string | null; decision: object; memory: object }[]) {
    const folder = mkdtempSync(join(tmpdir(), 'ratchet-lists-'));
    const file = join(folder, 'ratchet.db');
    copyFileSync(fileURLToPath(new URL('fixtures/0002_rollouts.db', import.meta.url)), file);
    const db = new Database(file);
    const change = db.prepare('UPDATE enrollments SET os_version = ?, decision = ?, memory = ? WHERE id = ?');
    for (const row of rows) change.run(row.version, JSON.stringify(row.decision), JSON.stringify(row.memory), row.id);
    db.close();
    const store = openSqliteStore({ file, clock });
    const { devices } = await store.listDevices(ALL);
    const found = await store.listDevices({ ...ALL, q: 'serial1' });
    const due = await store.listDue(0, 10);
    await store.close();
    rmSync(folder, { recursive: true });
    return { devices: devices.map(({ id, summary }) => ({ ...summary, id })), found: found.devices.map(({ id }) => id), due };
  }

  it('is listed by what its decisions tell, found by what is known, and decided anew at once', async () => {
    const { devices, found, due } = await opened([
      { id: 'D1', version: '26.6.1', decision, memory: waiting },
      { id: 'D2', version: '26.10', decision: { reason: 'verified', policy: 'staff' }, memory: { rollout: waiting.rollout } },
      { id: 'D3', version: null, decision: { reason: 'no-policy' }, memory: { rollout: waiting.rollout } },
    ]);
    const dated = { policy: 'staff', date: '2026-12-01', isHandedOut: true, isHolding: true };
    const undated = { date: undefined, isHandedOut: false, isHolding: false, isExposed: undefined, tags: [] };
    expect(devices).toEqual([
      expect.objectContaining({ id: 'D1', runs: '26.6.1', ring: 'canary', ...dated }),
      expect.objectContaining({ id: 'D2', runs: '26.10', ring: 'everyone', policy: 'staff', ...undated }),
      expect.objectContaining({ id: 'D3', runs: undefined, ring: undefined, policy: undefined, ...undated }),
    ]);
    expect(found).toEqual(['D2']);
    expect(due).toEqual(['D1', 'D2', 'D3']);
  });
});
