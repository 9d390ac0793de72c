import type { AuditEntry, CarriedLine, LedgerStore } from '../store.ts';
import type { Sqlite } from './database.ts';
import { createWriteHistory } from './history.ts';

export function createLedger(db: Sqlite): LedgerStore {
  const touch = db.prepare('UPDATE enrollments SET revision = revision + 1, recheck_at = min(recheck_at, ?) WHERE id = ?');
  // Above zero: whether it may be answered at all is not for an act to say.
  const outdate = db.prepare(
    `UPDATE manifests SET answerable_until = 0, manifest = json_set(manifest, '$.answerableUntil', 0)
     WHERE enrollment_id = ? AND answerable_until > 0`,
  );
  const carry = db.prepare(
    `INSERT INTO ledger (policy, enrollment_id, release, version, due_local, zone, zone_assumed, due_at, clock_start_at, written_at, due_spec)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (enrollment_id, policy, release) DO UPDATE SET due_local = excluded.due_local, zone = excluded.zone, zone_assumed = excluded.zone_assumed,
       due_at = excluded.due_at, clock_start_at = excluded.clock_start_at, written_at = excluded.written_at, due_spec = excluded.due_spec
     WHERE excluded.due_local < ledger.due_local`,
  );
  const insertAudit = db.prepare('INSERT INTO audit (at, by, act, detail) VALUES (?, ?, ?, ?)');
  const writeHistory = createWriteHistory(db);
  const save = db.transaction((lines: readonly CarriedLine[], audit: AuditEntry) => {
    for (const { line, entry } of lines) {
      const { policy, enrollmentId, release, version, dueLocal, zone, zoneAssumed, dueAt, clockStartAt, writtenAt, dueSpec } = line;
      const named = [policy, enrollmentId, release, version, dueLocal, zone, zoneAssumed ? 1 : 0];
      if (carry.run(...named, dueAt, clockStartAt, writtenAt, dueSpec).changes === 0) continue;
      writeHistory(enrollmentId, [entry]);
      touch.run(audit.at, enrollmentId);
      outdate.run(enrollmentId);
    }
    insertAudit.run(audit.at, audit.by, audit.act, JSON.stringify(audit.detail));
  });
  return {
    async carryLines(lines, audit) {
      save.immediate(lines, audit);
    },
  };
}
