import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { migrationHashes, newestMigration } from '../tidy/migrations.ts';
import { fillStore } from './fixture-rows.ts';

/**
 * `npm run store:fixture`: the database of this version's schema, with a few rows of each table, for every later version to
 * be opened with; and the list of what the migrations are. A released fixture is never written again: `--again` is for the
 * time before.
 */
const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const target = join(folder, `${newestMigration()}.db`);
if (existsSync(target) && !process.argv.includes('--again')) {
  process.stderr.write(`${target} is there already. If its migration was never released: --again.\n`);
  process.exit(2);
}
const making = mkdtempSync(join(tmpdir(), 'ratchet-fixture-'));
const file = join(making, 'ratchet.db');
const store = openSqliteStore({ file, clock: { turn: () => new Promise((resolve) => setImmediate(resolve)) } });
await fillStore(store);
await store.close();
const db = new Database(file);
db.pragma('journal_mode = DELETE');
// Half as large, and read all the same.
db.pragma('page_size = 1024');
db.exec('VACUUM');
db.close();
mkdirSync(folder, { recursive: true });
rmSync(target, { force: true });
renameSync(file, target);
rmSync(making, { recursive: true });
writeFileSync(new URL('../tidy/migrations.json', import.meta.url), `${JSON.stringify(migrationHashes(), undefined, 2)}\n`);
process.stdout.write(`${target}\n`);
