import { createHash } from 'node:crypto';
import type { UpstreamManifest, UpstreamStore } from '../store.ts';
import type { Sqlite } from './database.ts';

/** Kept bodies of another server's declarations; the oldest goes. */
const BODIES_MAX = 2_000;
const BODY_BYTES_MAX = 1024 * 1024;

interface BodyRow {
  enrollment_id: string;
  sha256: string;
  body: string | null;
  is_shared: number;
}

/**
 * A body is given to others only once two devices got the same under that identifier and token: another server may write
 * something of one device's own into it. Where they got different ones it is kept for nobody.
 */
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
  const selectBody = db.prepare(
    'SELECT enrollment_id, sha256, body, is_shared FROM upstream_bodies WHERE identifier = ? AND server_token = ?',
  );
  const insertBody = db.prepare(
    'INSERT INTO upstream_bodies (identifier, server_token, enrollment_id, sha256, body, is_shared) VALUES (?, ?, ?, ?, ?, 0)',
  );
  const share = db.prepare('UPDATE upstream_bodies SET is_shared = 1 WHERE identifier = ? AND server_token = ?');
  const forget = db.prepare('UPDATE upstream_bodies SET is_shared = 0, body = NULL WHERE identifier = ? AND server_token = ?');
  const trim = db.prepare('DELETE FROM upstream_bodies WHERE seq <= (SELECT seq FROM upstream_bodies ORDER BY seq DESC LIMIT 1 OFFSET ?)');

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
    async findUpstreamBody(identifier, serverToken, enrollmentId) {
      const row = selectBody.get(identifier, serverToken) as BodyRow | undefined;
      return row?.is_shared === 1 || row?.enrollment_id === enrollmentId ? (row.body ?? undefined) : undefined;
    },
    async saveUpstreamBody({ identifier, serverToken, enrollmentId, body }) {
      if (Buffer.byteLength(body) > BODY_BYTES_MAX) return;
      const sha256 = createHash('sha256').update(body).digest('hex');
      const row = selectBody.get(identifier, serverToken) as BodyRow | undefined;
      if (row === undefined) {
        insertBody.run(identifier, serverToken, enrollmentId, sha256, body);
        trim.run(BODIES_MAX);
      } else if (row.sha256 !== sha256 && row.body !== null) forget.run(identifier, serverToken);
      else if (row.is_shared === 0 && row.body !== null && row.enrollment_id !== enrollmentId) share.run(identifier, serverToken);
    },
  };
}
