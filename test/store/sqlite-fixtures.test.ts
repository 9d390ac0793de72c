import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectBackup } from '../../src/store/sqlite/backup.ts';
import * as schema from '../../src/store/sqlite/schema.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { commitOf, NOON } from './builders.ts';

/** Databases as earlier versions wrote them: each is opened by this one, brought up to date, and read to the last row. */

const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.db'));
const clock = { turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'ratchet-fixtures-'));
});
afterEach(() => rmSync(place, { recursive: true }));

it('there are some', () => expect(fixtures.length).toBeGreaterThan(0));

describe.each(fixtures)('%s', (name) => {
  it('is opened, and everything in it is there', async () => {
    const file = join(place, 'ratchet.db');
    copyFileSync(join(folder, name), file);
    const store = openSqliteStore({ file, clock });
    expect(await store.loadSite()).toMatchObject({ host: 'nanomdm http://127.0.0.1:9000/v1/enqueue/', createdAt: NOON });
    expect((await store.listEnrollments('', 10)).map(({ id, summary }) => [id, summary.osVersion])).toEqual([
      ['D1', '26.5'],
      ['D2', '26.5'],
      ['D3', '26.5'],
    ]);
    const [gathered] = await store.loadForReconcile(['D1']);
    expect(gathered).toMatchObject({ revision: 1, lastSeq: 1 });
    for (const list of [gathered?.events, gathered?.lines, gathered?.commands, gathered?.attempts]) expect(list).toHaveLength(1);
    expect(await store.findDeclaration('item.token D2')).toMatchObject({ ServerToken: 'token D2' });
    expect(await store.listPending(10)).toEqual(['D1', 'D4']);
    expect(await store.listDuePushes(NOON, NOON, 10)).toHaveLength(3);
    expect([await store.listParked(5), await store.listAlerts(), await store.listAudit(1), await store.listTimeline('D3', 5)]).toEqual([
      [expect.objectContaining({ reason: 'plist' })],
      [expect.objectContaining({ key: 'held' })],
      [expect.objectContaining({ act: 'pause' })],
      [expect.objectContaining({ kind: 'seen' })],
    ]);
    // And it goes on.
    expect(await store.commitReconciled([commitOf('D1', { basedOn: 1, consumedSeq: 1 })])).toEqual(['committed']);
    expect(await store.listPending(10)).toEqual(['D4']);
    await store.close();
  });

  it('has rows in each table of its time', () => {
    const db = new Database(join(folder, name), { readonly: true });
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").pluck().all() as string[];
    for (const table of tables) expect(db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get(), table).toBeGreaterThan(0);
    db.close();
    expect(inspectBackup(join(folder, name))).toMatchObject({ devices: 3, marked: undefined });
  });
});

it('the newest has all tables of today', () => {
  const db = new Database(join(folder, String(fixtures.sort().at(-1))), { readonly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  expect(tables).toEqual(expect.arrayContaining((Object.values(schema) as SQLiteTable[]).map(getTableName)));
  db.close();
});
