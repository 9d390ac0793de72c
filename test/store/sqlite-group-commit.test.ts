import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { commitOf, inboxItem } from './builders.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const EVENTS = 64;
let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-group-'));
  store = openSqliteStore({ file: join(folder, 'ratchet.db'), clock: { turn } });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/**
 * Transactions in the write-ahead log: the header of each one's last frame tells the size of the database after it,
 * that of every other frame 0 (https://www.sqlite.org/fileformat2.html#walformat).
 */
function commitsInLog(): number {
  const log = readFileSync(join(folder, 'ratchet.db-wal'));
  const frameBytes = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  return commits;
}

it('appends of one turn are one transaction', async () => {
  const before = commitsInLog();
  await Promise.all(Array.from({ length: EVENTS }, (_, index) => store.append([inboxItem(`D${index}`)])));
  expect(await store.countInbox()).toBe(EVENTS);
  expect(commitsInLog() - before).toBe(1);
});

it('appends of turns of their own are as many: the count above can tell', async () => {
  const before = commitsInLog();
  for (let index = 0; index < EVENTS; index++) await store.append([inboxItem(`D${index}`)]);
  expect(commitsInLog() - before).toBe(EVENTS);
});

it('a batch of reconciled enrollments is one transaction, the stale ones in it included', async () => {
  await store.commitReconciled([commitOf('D3')]);
  const before = commitsInLog();
  await store.commitReconciled(Array.from({ length: 32 }, (_, index) => commitOf(`D${index}`)));
  expect(commitsInLog() - before).toBe(1);
});

it('what is appended while the log is written goes with the next transaction', async () => {
  const before = commitsInLog();
  const first = store.append([inboxItem('D1')]);
  const second = first.then(() => store.append([inboxItem('D2')]));
  await Promise.all([first, second]);
  expect(commitsInLog() - before).toBe(2);
});

it('is on disk, not in a buffer of ours, when it resolves', async () => {
  await store.append([inboxItem('D1'), inboxItem('D2')]);
  const other = new Database(join(folder, 'ratchet.db'), { readonly: true });
  expect(other.prepare('SELECT count(*) FROM inbox').pluck().get()).toBe(2);
  other.close();
});
