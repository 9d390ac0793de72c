import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { migrationHashes, newestMigration } from '../tidy/migrations.ts';
import { fillStore } from './fixture-rows.ts';

/**
 * `npm run store:fixture`: the database of this version's schema, with a few rows of each table, for every later version to
 * be opened with; and the list of what the migrations are. Migrations are only ever added: a fixture is never written again,
 * and one migration that was changed stops everything.
 */
const list = new URL('../tidy/migrations.json', import.meta.url);
const listed = JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>;
const hashes = migrationHashes();
const changed = Object.keys(listed).filter((name) => hashes[name] !== listed[name]);
const folder = fileURLToPath(new URL('fixtures/', import.meta.url));
const target = join(folder, `${newestMigration()}.db`);
if (changed.length > 0) {
  const what = `changed or gone: ${changed.join(', ')}. Databases out there have run it as it was`;
  process.stderr.write(`${what}: put it back (git checkout -- drizzle) and make your change a new migration (npm run migrations).\n`);
  process.exit(2);
}
if (existsSync(target)) {
  process.stderr.write(`${target} is there already: the newest migration has its fixture, and it is never written again.\n`);
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
renameSync(file, target);
rmSync(making, { recursive: true });
writeFileSync(list, `${JSON.stringify(hashes, undefined, 2)}\n`);
process.stdout.write(`${target}\n`);
