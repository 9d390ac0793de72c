import type { Overrides } from '../../decide/overrides.types.ts';
import type { AuditEntry, OverrideStore, TimelineEntry } from '../store.ts';
import type { Sqlite } from './database.ts';
import { createWriteHistory } from './history.ts';

export function createOverrides(db: Sqlite): OverrideStore {
  const touch = db.prepare('UPDATE enrollments SET revision = revision + 1, recheck_at = min(recheck_at, ?) WHERE id = ?');
  // Above zero: whether it may be answered at all is not for an act to say.
  const outdate = db.prepare(
    `UPDATE manifests SET answerable_until = 0, manifest = json_set(manifest, '$.answerableUntil', 0)
     WHERE enrollment_id = ? AND answerable_until > 0`,
  );
  const upsert = db.prepare(
    'INSERT INTO overrides (enrollment_id, overrides) VALUES (?, ?) ON CONFLICT (enrollment_id) DO UPDATE SET overrides = excluded.overrides',
  );
  const insertAudit = db.prepare('INSERT INTO audit (at, by, act, detail) VALUES (?, ?, ?, ?)');
  const writeHistory = createWriteHistory(db);
  const save = db.transaction((id: string, overrides: Overrides, audit: AuditEntry, entry: TimelineEntry): boolean => {
    if (touch.run(audit.at, id).changes === 0) return false;
    outdate.run(id);
    upsert.run(id, JSON.stringify(overrides));
    insertAudit.run(audit.at, audit.by, audit.act, JSON.stringify(audit.detail));
    writeHistory(id, [entry]);
    return true;
  });
  return {
    async saveOverrides(...given) {
      return save.immediate(...given);
    },
  };
}
