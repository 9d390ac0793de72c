import type { UpstreamManifest, UpstreamStore } from '../store.ts';
import type { Sqlite } from './database.ts';

export function createUpstream(db: Sqlite): UpstreamStore {
  const select = db.prepare('SELECT lists, heard_at, token, changed_at FROM upstream WHERE enrollment_id = ?');
  const upsert = db.prepare(
    `INSERT INTO upstream (enrollment_id, lists, heard_at, token, changed_at, is_empty) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (enrollment_id) DO UPDATE SET lists = excluded.lists, heard_at = excluded.heard_at, token = excluded.token,
       changed_at = excluded.changed_at, is_empty = excluded.is_empty`,
  );
  const holders = db
    .prepare('SELECT enrollment_id FROM upstream WHERE is_empty = 0 AND enrollment_id <> ? ORDER BY heard_at DESC LIMIT ?')
    .pluck();

  return {
    async findUpstream(enrollmentId) {
      const row = select.get(enrollmentId) as { lists: string; heard_at: number; token: string; changed_at: number } | undefined;
      return row && { lists: JSON.parse(row.lists), heardAt: row.heard_at, token: row.token, changedAt: row.changed_at };
    },
    async saveUpstream(enrollmentId, { lists, heardAt, token, changedAt }: UpstreamManifest) {
      const isEmpty = Object.values(lists).every((items) => items.length === 0);
      upsert.run(enrollmentId, JSON.stringify(lists), heardAt, token, changedAt, isEmpty ? 1 : 0);
    },
    async listUpstreamHolders(except, limit) {
      return holders.all(except, limit) as string[];
    },
  };
}
