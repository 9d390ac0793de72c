import type { ConflictMark, ConflictStore } from '../conflict-store.ts';
import type { Sqlite } from './database.ts';

export function createConflicts(db: Sqlite): ConflictStore {
  // Both are read from the index of those that have some.
  const count = db.prepare(
    'SELECT conflicts, count(*) AS devices FROM enrollments WHERE conflicts IS NOT NULL GROUP BY conflicts ORDER BY conflicts',
  );
  const list = db
    .prepare(
      `SELECT coalesce(serial_number, id) FROM enrollments WHERE conflicts IS NOT NULL AND instr(conflicts, ?) > 0 ORDER BY id LIMIT ?`,
    )
    .pluck();
  return {
    async countConflicts() {
      const rows = count.all() as { conflicts: string; devices: number }[];
      return rows.map(({ conflicts, devices }) => ({ conflicts: JSON.parse(conflicts) as ConflictMark[], devices }));
    },
    async listConflicting(kind, limit) {
      return list.all(`"kind":"${kind}"`, limit) as string[];
    },
  };
}
