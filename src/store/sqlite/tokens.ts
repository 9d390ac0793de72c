import type { ApiToken, AuditEntry, TokenStore } from '../store.ts';
import type { Sqlite } from './database.ts';

type Row = { [Key in keyof Required<ApiToken>]: Required<ApiToken>[Key] | null };

export function createTokenStore(db: Sqlite): TokenStore {
  const selectAll = db.prepare(
    `SELECT id, name, role, sha256, created_at AS createdAt, created_by AS createdBy, expires_at AS expiresAt,
            revoked_at AS revokedAt, revoked_by AS revokedBy, last_used_at AS lastUsedAt
     FROM api_tokens ORDER BY created_at, id`,
  );
  const upsert = db.prepare(
    `INSERT INTO api_tokens (id, name, role, sha256, created_at, created_by, expires_at, revoked_at, revoked_by, last_used_at)
     VALUES (@id, @name, @role, @sha256, @createdAt, @createdBy, @expiresAt, @revokedAt, @revokedBy, @lastUsedAt)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, sha256 = excluded.sha256, expires_at = excluded.expires_at,
       revoked_at = excluded.revoked_at, revoked_by = excluded.revoked_by, last_used_at = excluded.last_used_at`,
  );
  const remove = db.prepare('DELETE FROM api_tokens WHERE id = ?');
  const noteUse = db.prepare('UPDATE api_tokens SET last_used_at = ? WHERE id = ?');
  const insertAudit = db.prepare('INSERT INTO audit (at, by, act, detail) VALUES (?, ?, ?, ?)');
  const save = db.transaction((token: ApiToken, { at, by, act, detail }: AuditEntry, gone: readonly string[]) => {
    for (const id of gone) remove.run(id);
    upsert.run({ expiresAt: null, revokedAt: null, revokedBy: null, lastUsedAt: null, ...token });
    insertAudit.run(at, by, act, JSON.stringify(detail));
  });
  return {
    async listTokens() {
      const rows = selectAll.all() as Row[];
      return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as ApiToken);
    },
    async saveToken(token, audit, gone = []) {
      save.immediate(token, audit, gone);
    },
    async noteTokenUse(id, at) {
      noteUse.run(at, id);
    },
  };
}
