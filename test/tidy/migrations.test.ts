import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, textOf } from './files.ts';
import { migrationHashes, newestMigration } from './migrations.ts';

const listed = JSON.parse(textOf('test/tidy/migrations.json')) as Record<string, string>;

/** Databases out there have run them: what was released is never changed, a change is a new one. */
describe('the migrations in drizzle/', () => {
  it('are those that are listed: none changed, none gone, and a new one is listed with its fixture (npm run store:fixture)', () => {
    expect(migrationHashes()).toEqual(listed);
    expect(existsSync(join(ROOT, 'test/store/fixtures', `${newestMigration()}.db`))).toBe(true);
  });

  it('are told apart by what they say', () => {
    const [path] = Object.keys(listed).filter((name) => name.endsWith('.sql'));
    expect(readFileSync(join(ROOT, String(path)), 'utf8').length).toBeGreaterThan(100);
    expect(new Set(Object.values(listed)).size).toBe(Object.keys(listed).length);
  });
});
