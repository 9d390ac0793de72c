import type { LedgerLine } from '../../policy/ledger.ts';
import {
  type EnrollmentRow,
  type EnrollmentStore,
  type EnrollmentSummary,
  EVENTS_PER_LOAD_MAX,
  type Gathered,
  type ReconcileCommit,
  type StoredDecision,
  type TimelineEntry,
} from '../store.ts';
import type { Sqlite } from './database.ts';
import { commandColumns, dueAtOf } from './outbox-columns.ts';

/** Entries kept per enrollment; older ones go. */
const TIMELINE_MAX = 200;
/** Commands read with an enrollment: all outstanding ones and the newest. */
const COMMANDS_PER_LOAD_MAX = 10;
/** Ended commands kept per enrollment. */
const COMMANDS_KEPT_MAX = 40;

class Stale extends Error {}

/** Loading and committing: prepared statements, because a reconcile must stay under 200 µs to reach 5,000/s. */
export function createEnrollments(db: Sqlite): EnrollmentStore {
  const selectRow = db.prepare('SELECT revision, state, memory, decision FROM enrollments WHERE id = ?');
  const selectEvents = db.prepare(`SELECT seq, type, event FROM inbox WHERE enrollment_id = ? ORDER BY seq LIMIT ${EVENTS_PER_LOAD_MAX}`);
  const selectLines = db.prepare(
    `SELECT policy, enrollment_id AS enrollmentId, release, version, due_local AS dueLocal, zone, zone_assumed AS zoneAssumed,
       due_at AS dueAt, clock_start_at AS clockStartAt, written_at AS writtenAt, due_spec AS dueSpec
     FROM ledger WHERE enrollment_id = ? ORDER BY policy, release`,
  );
  const selectManifest = db.prepare('SELECT manifest FROM manifests WHERE enrollment_id = ?').pluck();
  const selectCommands = db
    .prepare(
      `SELECT entry FROM outbox WHERE enrollment_id = @id AND (state IN ('pending', 'leased', 'enqueued')
         OR command_uuid IN (SELECT command_uuid FROM outbox WHERE enrollment_id = @id ORDER BY created_at DESC, command_uuid LIMIT ${COMMANDS_PER_LOAD_MAX}))
       ORDER BY created_at DESC, command_uuid`,
    )
    .pluck();
  const selectPush = db.prepare('SELECT last_sent_at FROM pushes WHERE enrollment_id = ?').pluck();

  const insertRow = db.prepare(
    `INSERT INTO enrollments (revision, type, serial_number, platform, product_name, os_version, build_version, last_seen_at, reason, recheck_at, state, memory, decision, id)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const updateRow = db.prepare(
    `UPDATE enrollments SET revision = revision + 1, type = ?, serial_number = ?, platform = ?, product_name = ?, os_version = ?, build_version = ?,
       last_seen_at = ?, reason = ?, recheck_at = ?, state = ?, memory = ?, decision = ? WHERE id = ? AND revision = ?`,
  );
  const deleteEvents = db.prepare('DELETE FROM inbox WHERE enrollment_id = ? AND seq <= ?');
  const insertTimeline = db.prepare('INSERT INTO timeline (enrollment_id, at, kind, text) VALUES (?, ?, ?, ?)');
  const trimTimeline = db.prepare(
    `DELETE FROM timeline WHERE enrollment_id = ? AND seq <= (SELECT seq FROM timeline WHERE enrollment_id = ? ORDER BY seq DESC LIMIT 1 OFFSET ${TIMELINE_MAX})`,
  );
  const upsertLine = db.prepare(
    `INSERT INTO ledger (policy, enrollment_id, release, version, due_local, zone, zone_assumed, due_at, clock_start_at, written_at, due_spec)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (enrollment_id, policy, release) DO UPDATE SET due_local = excluded.due_local, zone = excluded.zone, zone_assumed = excluded.zone_assumed,
       due_at = excluded.due_at, written_at = excluded.written_at, due_spec = excluded.due_spec`,
  );
  const upsertManifest = db.prepare(
    'INSERT INTO manifests (enrollment_id, manifest) VALUES (?, ?) ON CONFLICT (enrollment_id) DO UPDATE SET manifest = excluded.manifest',
  );
  const insertDeclaration = db.prepare('INSERT INTO declarations (identifier, body) VALUES (?, ?) ON CONFLICT (identifier) DO NOTHING');
  const insertCommand = db.prepare(
    'INSERT INTO outbox (command_uuid, enrollment_id, state, due_at, revision, created_at, entry) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const updateCommand = db.prepare(
    'UPDATE outbox SET state = ?, due_at = ?, revision = ?, entry = ? WHERE command_uuid = ? AND revision = ?',
  );
  const trimCommands = db.prepare(
    `DELETE FROM outbox WHERE enrollment_id = ? AND state IN ('answered', 'lost', 'expired', 'superseded', 'refused') AND command_uuid IN
       (SELECT command_uuid FROM outbox WHERE enrollment_id = ? ORDER BY created_at DESC, command_uuid LIMIT -1 OFFSET ${COMMANDS_KEPT_MAX})`,
  );
  const wantPush = db.prepare(
    `INSERT INTO pushes (enrollment_id, due_at, last_sent_at, tries) VALUES (?, ?, 0, 0)
     ON CONFLICT (enrollment_id) DO UPDATE SET due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at)`,
  );
  const saveMeta = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');

  const commitOne = db.transaction((commit: ReconcileCommit) => {
    const { summary } = commit;
    const columns = [
      summary.type,
      summary.serialNumber ?? null,
      summary.platform,
      summary.productName ?? null,
      summary.osVersion ?? null,
      summary.buildVersion ?? null,
      summary.lastSeenAt,
      commit.decision.reason,
      commit.recheckAt,
      JSON.stringify(commit.state),
      JSON.stringify(commit.memory),
      JSON.stringify(commit.decision),
      commit.enrollmentId,
    ];
    const written = commit.basedOn === 0 ? insertRow.run(...columns) : updateRow.run(...columns, commit.basedOn);
    if (written.changes !== 1) throw new Stale();
    for (const entry of commit.outbox.change) {
      const changed = updateCommand.run(
        entry.state,
        dueAtOf(entry),
        entry.revision,
        JSON.stringify(entry),
        entry.commandUuid,
        entry.revision - 1,
      );
      if (changed.changes !== 1) throw new Stale();
    }
    for (const entry of commit.outbox.add) insertCommand.run(...commandColumns(entry));
    if (commit.outbox.add.length > 0) trimCommands.run(commit.enrollmentId, commit.enrollmentId);
    if (commit.consumedSeq > 0) deleteEvents.run(commit.enrollmentId, commit.consumedSeq);
    for (const entry of commit.timeline) insertTimeline.run(commit.enrollmentId, entry.at, entry.kind, entry.text);
    if (commit.timeline.length > 0) trimTimeline.run(commit.enrollmentId, commit.enrollmentId);
    for (const line of commit.ledgerLines) {
      upsertLine.run(
        line.policy,
        line.enrollmentId,
        line.release,
        line.version,
        line.dueLocal,
        line.zone,
        line.zoneAssumed ? 1 : 0,
        line.dueAt,
        line.clockStartAt,
        line.writtenAt,
        line.dueSpec,
      );
    }
    for (const declaration of commit.declarations) insertDeclaration.run(declaration.Identifier, JSON.stringify(declaration));
    if (commit.manifest) upsertManifest.run(commit.enrollmentId, JSON.stringify(commit.manifest));
    if (commit.push) wantPush.run(commit.enrollmentId, commit.push.at);
    if (commit.site) saveMeta.run('site', JSON.stringify(commit.site));
  });

  /** A savepoint per commit inside one transaction: one fsync for the batch. */
  const commitAll = db.transaction((commits: readonly ReconcileCommit[]) =>
    commits.map((commit): 'committed' | 'stale' => {
      try {
        commitOne(commit);
        return 'committed';
      } catch (error) {
        if (error instanceof Stale) return 'stale';
        throw error;
      }
    }),
  );

  const pendingIds = db.prepare('SELECT enrollment_id FROM inbox GROUP BY enrollment_id ORDER BY min(seq) LIMIT ?').pluck();
  const dueIds = db.prepare('SELECT id FROM enrollments WHERE recheck_at <= ? ORDER BY recheck_at, id LIMIT ?').pluck();
  const nextDue = db.prepare('SELECT min(recheck_at) FROM enrollments').pluck();
  const makeAllDue = db.prepare('UPDATE enrollments SET recheck_at = ? WHERE recheck_at > ?');
  const makeReasonDue = db.prepare('UPDATE enrollments SET recheck_at = ? WHERE recheck_at > ? AND reason = ?');
  const byId = db.prepare('SELECT id FROM enrollments WHERE id = ?').pluck();
  const bySerial = db.prepare('SELECT id FROM enrollments WHERE serial_number = ? ORDER BY last_seen_at DESC LIMIT 1').pluck();
  const page = db.prepare(
    `SELECT id, type, serial_number AS serialNumber, platform, product_name AS productName, os_version AS osVersion, build_version AS buildVersion,
       last_seen_at AS lastSeenAt, decision FROM enrollments WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const reasons = db.prepare('SELECT reason, count(*) AS n FROM enrollments GROUP BY reason ORDER BY reason');
  const selectTimeline = db.prepare('SELECT at, kind, text FROM timeline WHERE enrollment_id = ? ORDER BY seq DESC LIMIT ?');

  function load(id: string): Gathered {
    const row = selectRow.get(id) as { revision: number; state: string; memory: string; decision: string } | undefined;
    const events = selectEvents.all(id) as { seq: number; type: string; event: string }[];
    return {
      id,
      revision: row?.revision ?? 0,
      state: row && JSON.parse(row.state),
      memory: row && JSON.parse(row.memory),
      decision: row && JSON.parse(row.decision),
      events: events.map(({ type, event }) => ({
        subject: { id, type: type as Gathered['events'][number]['subject']['type'] },
        event: JSON.parse(event),
      })),
      lastSeq: events.at(-1)?.seq ?? 0,
      lines: (selectLines.all(id) as (LedgerLine & { zoneAssumed: number | boolean })[]).map((line) => ({
        ...line,
        zoneAssumed: Boolean(line.zoneAssumed),
      })),
      manifest: parse(selectManifest.get(id)),
      commands: (selectCommands.all({ id }) as string[]).map((entry) => JSON.parse(entry)),
      pushLastSentAt: (selectPush.get(id) as number | undefined) ?? 0,
    };
  }

  return {
    async loadForReconcile(ids) {
      return ids.map(load);
    },
    async commitReconciled(commits) {
      return commits.length === 0 ? [] : commitAll.immediate(commits);
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
    async listEnrollments(afterId, limit) {
      const rows = page.all(afterId, limit) as (EnrollmentSummary & { id: string; decision: string })[];
      return rows.map(({ id, decision, ...summary }): EnrollmentRow => ({ id, summary, decision: JSON.parse(decision) as StoredDecision }));
    },
    async countByReason() {
      return Object.fromEntries((reasons.all() as { reason: string; n: number }[]).map(({ reason, n }) => [reason, n]));
    },
    async listTimeline(enrollmentId, limit) {
      return (selectTimeline.all(enrollmentId, limit) as TimelineEntry[]).reverse();
    },
  };
}

function parse(text: unknown): never | undefined {
  return typeof text === 'string' ? (JSON.parse(text) as never) : undefined;
}
