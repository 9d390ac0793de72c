import type { EnrollmentRow, EnrollmentStore, StoredDecision, TimelineEntry } from '../store.ts';
import { createCommit } from './commit-enrollment.ts';
import type { Sqlite } from './database.ts';
import { createLoad } from './load-enrollment.ts';
import { SUMMARY_COLUMNS, type SummaryRow, summaryOfRow } from './summary-columns.ts';
import type { TurnWriter } from './turn-writer.ts';

export function createEnrollments(db: Sqlite, writer: TurnWriter): EnrollmentStore {
  const load = createLoad(db);
  const commitOne = createCommit(db);
  const pendingIds = db.prepare('SELECT enrollment_id FROM inbox GROUP BY enrollment_id ORDER BY min(seq) LIMIT ?').pluck();
  const dueIds = db.prepare('SELECT id FROM enrollments WHERE recheck_at <= ? ORDER BY recheck_at, id LIMIT ?').pluck();
  const nextDue = db.prepare('SELECT min(recheck_at) FROM enrollments').pluck();
  const makeAllDue = db.prepare('UPDATE enrollments SET recheck_at = ? WHERE recheck_at > ?');
  const makeReasonDue = db.prepare('UPDATE enrollments SET recheck_at = ? WHERE recheck_at > ? AND reason = ?');
  const byId = db.prepare('SELECT id FROM enrollments WHERE id = ?').pluck();
  const bySerial = db.prepare('SELECT id FROM enrollments WHERE serial_number = ? ORDER BY last_seen_at DESC LIMIT 1').pluck();
  const byPage = db.prepare('SELECT id FROM enrollments WHERE owners_page = ?').pluck();
  const page = db.prepare(`SELECT id, ${SUMMARY_COLUMNS}, decision FROM enrollments WHERE id > ? ORDER BY id LIMIT ?`);
  const reasons = db.prepare('SELECT reason, count(*) AS n FROM enrollments GROUP BY reason ORDER BY reason');
  const selectTimeline = db.prepare('SELECT at, kind, text FROM timeline WHERE enrollment_id = ? ORDER BY seq DESC LIMIT ?');

  return {
    async loadForReconcile(ids) {
      return ids.map(load);
    },
    async commitReconciled(commits) {
      return commits.length === 0 ? [] : writer.write(commits.length, () => commits.map(commitOne));
    },
    async listPending(limit) {
      return pendingIds.all(limit) as string[];
    },
    async listDue(now, limit) {
      return dueIds.all(now, limit) as string[];
    },
    async nextDueAt() {
      return (nextDue.get() as number | null) ?? undefined;
    },
    async makeDue(now, reason) {
      return reason === undefined ? makeAllDue.run(now, now).changes : makeReasonDue.run(now, now, reason).changes;
    },
    async findEnrollment(idOrSerial) {
      return (byId.get(idOrSerial) ?? bySerial.get(idOrSerial)) as string | undefined;
    },
    async findByOwnersPage(name) {
      return byPage.get(name) as string | undefined;
    },
    async listEnrollments(afterId, limit) {
      const rows = page.all(afterId, limit) as (SummaryRow & { id: string; decision: string })[];
      return rows.map(
        ({ id, decision, ...columns }): EnrollmentRow => ({
          id,
          summary: summaryOfRow(columns),
          decision: JSON.parse(decision) as StoredDecision,
        }),
      );
    },
    async countByReason() {
      return Object.fromEntries((reasons.all() as { reason: string; n: number }[]).map(({ reason, n }) => [reason, n]));
    },
    async listTimeline(enrollmentId, limit) {
      return (selectTimeline.all(enrollmentId, limit) as TimelineEntry[]).reverse();
    },
  };
}
