import { statSync } from 'node:fs';
import { StoreError } from '../store.ts';
import type { Sqlite } from './database.ts';

/**
 * Tells whether the database is still the file of its name. A folder that was removed, moved or mounted over takes nothing
 * away from a process that has it open: it would answer 200 for what nobody can ever read again.
 */
export function createPresence(db: Sqlite): { check(): void } {
  const paths = db.memory ? [] : [db.name, `${db.name}-wal`];
  const files = paths.map((path) => ({ path, id: idOf(path) })).filter(({ id }) => id !== NONE);
  return {
    check() {
      for (const { path, id } of files) {
        if (idOf(path) === id) continue;
        throw new StoreError(
          `${path} is gone or was replaced while Ratchet runs: stop Ratchet, put the folder back or restore a backup, and start it again`,
        );
      }
    },
  };
}

const NONE = 'none';

/** 5 µs, beside an fsync of 1 to 4 ms. */
function idOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? NONE : `${stats.dev}:${stats.ino}`;
}
