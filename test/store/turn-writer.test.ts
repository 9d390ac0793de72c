import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Sqlite } from '../../src/store/sqlite/database.ts';
import { createTurnWriter, type TurnWriter } from '../../src/store/sqlite/turn-writer.ts';
import { StoreError } from '../../src/store/store.ts';

let db: Sqlite;
let writer: TurnWriter;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const add = (n: number) => () => db.prepare('INSERT INTO numbers (n) VALUES (?)').run(n).changes;
const numbers = () => db.prepare('SELECT n FROM numbers ORDER BY n').pluck().all();
const outcomes = async (promises: Promise<unknown>[]) => (await Promise.allSettled(promises)).map(({ status }) => status);

beforeEach(() => {
  db = new Database(':memory:');
  db.exec('CREATE TABLE numbers (n INTEGER PRIMARY KEY)');
  writer = createTurnWriter(db, { turn });
});
afterEach(() => db.close());

it('writes nothing before the end of the turn', async () => {
  const written = writer.write(1, add(1));
  expect(numbers()).toEqual([]);
  expect(await written).toBe(1);
  expect(numbers()).toEqual([1]);
});

it('takes back what a failing write had written, and nothing of its neighbours', async () => {
  const failing = writer.write(2, () => {
    add(2)();
    throw new Error('no');
  });
  expect(await outcomes([writer.insert(1, add(1)), failing, writer.write(1, add(3))])).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await expect(failing).rejects.toThrow('no');
  expect(numbers()).toEqual([1, 3]);
});

it('takes back the whole turn when an insert fails, since only a broken disk makes one fail', async () => {
  const all = [writer.write(1, add(1)), writer.insert(1, add(2)), writer.insert(1, add(2))];
  expect(await outcomes(all)).toEqual(['rejected', 'rejected', 'rejected']);
  for (const each of all) await expect(each).rejects.toThrow(StoreError);
  expect(numbers()).toEqual([]);
});

it('goes on after a failed turn', async () => {
  await outcomes([writer.insert(1, add(1)), writer.insert(1, add(1))]);
  await writer.write(1, add(2));
  expect(numbers()).toEqual([2]);
});

it('ends a transaction that grows too large, and keeps the order', async () => {
  const order: number[] = [];
  const writes = [1, 2, 3].map((n) =>
    writer.write(700, () => {
      order.push(n);
      return add(n)();
    }),
  );
  await Promise.all(writes.slice(0, 2));
  expect(order).toEqual([1, 2]);
  await writes[2];
  expect(order).toEqual([1, 2, 3]);
});

it('is drained when nothing waits', async () => {
  const written = writer.write(1, add(1));
  await writer.drained();
  expect(numbers()).toEqual([1]);
  await written;
});
