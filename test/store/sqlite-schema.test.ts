import { readFileSync } from 'node:fs';
import { type DrizzleSQLiteSnapshotJSON, generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import { getTableColumns, getTableName } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import * as schema from '../../src/store/sqlite/schema.ts';

const folder = new URL('../../drizzle/', import.meta.url);
const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8')) as { entries: { idx: number; tag: string }[] };
const newest = String(journal.entries.at(-1)?.idx).padStart(4, '0');
const snapshot = JSON.parse(readFileSync(new URL(`meta/${newest}_snapshot.json`, folder), 'utf8')) as DrizzleSQLiteSnapshotJSON;

describe('schema.ts and drizzle/', () => {
  it('agree: nothing is left for npm run migrations to write', async () => {
    expect(await generateSQLiteMigration(snapshot, await generateSQLiteDrizzleJson(schema, snapshot.id))).toEqual([]);
  });

  it('would not agree with one more column, table or index: the comparison can tell', async () => {
    const altered = { ...schema, meta: sqliteTable('meta', { key: text().primaryKey(), value: text().notNull(), at: integer() }) };
    const sql = await generateSQLiteMigration(snapshot, await generateSQLiteDrizzleJson(altered, snapshot.id));
    expect(sql.join('\n')).toContain('ALTER TABLE `meta` ADD `at` integer');
  });

  it('give a new database the tables and columns of schema.ts', () => {
    const db = openDatabase(':memory:');
    for (const table of Object.values(schema) as SQLiteTable[]) {
      const columns = db.prepare('SELECT name, "notnull" AS isRequired FROM pragma_table_info(?)').all(getTableName(table));
      expect(columns, getTableName(table)).toEqual(
        Object.values(getTableColumns(table)).map((column) => ({ name: column.name, isRequired: column.notNull ? 1 : 0 })),
      );
    }
    db.close();
  });
});
