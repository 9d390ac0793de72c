import { mkdirSync, mkdtempSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Sqlite } from '../../src/store/sqlite/database.ts';
import { storeOver } from '../../src/store/sqlite/store.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { commitOf, inboxItem, NOON } from './builders.ts';

/** A disk and a database that fail while the store is in use: what was written stays, what was not is said, and it goes on. */

const clock = { turn: () => new Promise<void>((resolve) => setImmediate(resolve)) };
let folder: string;
let file: string;
let db: Sqlite;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-trouble-'));
  mkdirSync(join(folder, 'data'));
  file = join(folder, 'data', 'ratchet.db');
  open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(): void {
  db = openDatabase(file);
  store = storeOver(db, clock);
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return (error as Error).message;
}

/** Appends one event after the other until that is refused; how many were taken, and what was said. */
async function fill(prefix: string): Promise<{ taken: number; said: string }> {
  for (let taken = 0; ; taken += 1) {
    try {
      await store.append(Array.from({ length: 20 }, (_, index) => inboxItem(`${prefix}${taken}-${index}`)));
    } catch (error) {
      return { taken: taken * 20, said: await refusal(Promise.reject(error)) };
    }
  }
}

describe('a disk without room', () => {
  const limit = (pages: number) => db.pragma(`max_page_count = ${pages}`);

  it('is said, with what to do; what was taken stays, and with room it goes on', async () => {
    limit(Number(db.pragma('page_count', { simple: true })) + 20);
    const { taken, said } = await fill('A');
    expect(said).toContain('there is no room left on its disk');
    expect(said).toContain('goes on by itself');
    expect(taken).toBeGreaterThan(0);
    expect(await store.countInbox()).toBe(taken);
    limit(1_000_000);
    await store.append([inboxItem('B')]);
    expect(await store.countInbox()).toBe(taken + 1);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it.each([
    ['a commit', () => store.commitReconciled(Array.from({ length: 200 }, (_, index) => commitOf(`C${index}`)))],
    ['the site', () => store.saveSite({ host: 'x'.repeat(200_000) })],
    ['an audit line', () => store.audit({ at: NOON, by: 'x', act: 'x', detail: { x: 'x'.repeat(200_000) } })],
    ['an alert', () => store.raiseAlert({ key: 'x', at: NOON, sentence: 'x'.repeat(200_000), detail: {} })],
  ])('of %s too', async (_, write) => {
    limit(Number(db.pragma('page_count', { simple: true })) + 2);
    expect(await refusal(write())).toContain('there is no room left on its disk');
  });
});

describe('a database that another program keeps locked', () => {
  it('is said; when it lets go, it goes on', async () => {
    db.pragma('busy_timeout = 1');
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await refusal(store.append([inboxItem('A')]))).toContain('another program keeps it locked');
    expect(await refusal(store.checkWritable(NOON))).toContain('another program keeps it locked');
    expect(await store.countInbox()).toBe(0);
    other.exec('ROLLBACK');
    other.close();
    await store.append([inboxItem('A')]);
    expect(await store.countInbox()).toBe(1);
  });
});

describe('a data folder that goes away', () => {
  it.each([
    ['is moved', () => renameSync(join(folder, 'data'), join(folder, 'elsewhere'))],
    ['is removed', () => rmSync(join(folder, 'data'), { recursive: true })],
    [
      'is replaced by another',
      () => {
        renameSync(join(folder, 'data'), join(folder, 'elsewhere'));
        openDatabase(file).close();
      },
    ],
  ])('and %s: nothing is taken any more', async (_, happen) => {
    await store.append([inboxItem('A')]);
    happen();
    expect(await refusal(store.append([inboxItem('B')]))).toContain('is gone or was replaced');
    expect(await refusal(store.checkWritable(NOON))).toContain('put the folder back');
  });

  it('and comes back: it goes on', async () => {
    renameSync(join(folder, 'data'), join(folder, 'elsewhere'));
    expect(await refusal(store.append([inboxItem('A')]))).toContain('is gone');
    renameSync(join(folder, 'elsewhere'), join(folder, 'data'));
    await store.append([inboxItem('A')]);
    expect(await store.countInbox()).toBe(1);
  });
});

describe('a damaged page', () => {
  /** Overwrites the second half of the file, page by page from the middle of one: rows, since the tables themselves stand before. */
  async function damage(): Promise<void> {
    await store.commitReconciled(Array.from({ length: 1_000 }, (_, index) => commitOf(`D${index}`)));
    await store.close();
    const { size } = statSync(file);
    const descriptor = openSync(file, 'r+');
    for (let at = Math.floor(size / 2 / 8192) * 8192; at < size; at += 8192) writeSync(descriptor, Buffer.alloc(4_000, 0xa5), 0, 4_000, at);
  }

  it('is found at the start, with what to do', async () => {
    await damage();
    expect(() => openDatabase(file)).toThrow(/ratchet\.db: it is damaged .*go back to a backup/s);
    rmSync(file);
    open();
  });

  it('is said when it is met while running, and nothing more', async () => {
    await damage();
    // As if it had happened a moment after the start.
    db = new Database(file);
    store = storeOver(db, clock);
    const reads = [
      () => store.listEnrollments('', 1_000),
      () => store.loadForReconcile(['D299', 'D1']),
      () => store.listTimeline('D1', 10),
    ];
    const said = await Promise.all(reads.map((read) => refusal(read()).catch(() => 'fine')));
    expect(said.join()).toContain('damaged');
  });
});
