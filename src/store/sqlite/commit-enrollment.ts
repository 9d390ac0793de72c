import type { Manifest } from '../../decide/manifest.ts';
import { ATTEMPTS_KEPT_MAX, type ReconcileCommit } from '../store.ts';
import type { Sqlite } from './database.ts';
import { createWriteHistory } from './history.ts';
import { commandColumns, dueAtOf } from './outbox-columns.ts';
import { LISTED_COLUMNS, listedValues } from './summary-columns.ts';

/** Ended commands kept per enrollment. */
const COMMANDS_KEPT_MAX = 40;
/** Of ScheduleOSUpdate these are kept beyond that: what was sent last decides what may follow it. */
const UPDATES_KEPT_MAX = 12;
/** And of those that install and were sent: however many downloads came after one, it is never followed by another on silence. */
const INSTALLS_KEPT_MAX = 3;
/** And of those taken for lost: a NotNow shows that the host still has one, and then no other of its kind follows (rule 28). */
const LOST_KEPT_MAX = 10;

/** Writes one reconciled enrollment, inside a transaction; `stale` when it, or a command of it, changed meanwhile: then nothing is written. */
export function createCommit(db: Sqlite): (commit: ReconcileCommit) => 'committed' | 'stale' {
  const columns = [...LISTED_COLUMNS, 'reason', 'last_seen_at', 'recheck_at', 'state', 'memory', 'decision'];
  const insertRow = db.prepare(
    `INSERT INTO enrollments (revision, ${columns.join(', ')}, id) VALUES (1, ${columns.map(() => '?').join(', ')}, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const updateRow = db.prepare(
    `UPDATE enrollments SET revision = revision + 1, ${columns.map((name) => `${name} = ?`).join(', ')} WHERE id = ? AND revision = ?`,
  );
  /** Without the columns of the large index: SQLite writes an index anew whether or not its values have changed. */
  const updateUnlisted = db.prepare(
    `UPDATE enrollments SET revision = revision + 1, last_seen_at = ?, recheck_at = ?, state = ?, memory = ?, decision = ? WHERE id = ? AND revision = ?`,
  );
  const updatePage = db.prepare('UPDATE enrollments SET owners_page = ? WHERE id = ?');
  const updateConflicts = db.prepare('UPDATE enrollments SET conflicts = ? WHERE id = ?');
  const deleteEvents = db.prepare('DELETE FROM inbox WHERE enrollment_id = ? AND seq <= ?');
  const writeHistory = createWriteHistory(db);
  const upsertLine = db.prepare(
    `INSERT INTO ledger (policy, enrollment_id, release, version, due_local, zone, zone_assumed, due_at, clock_start_at, written_at, due_spec)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (enrollment_id, policy, release) DO UPDATE SET due_local = excluded.due_local, zone = excluded.zone, zone_assumed = excluded.zone_assumed,
       due_at = excluded.due_at, written_at = excluded.written_at, due_spec = excluded.due_spec`,
  );
  const upsertManifest = db.prepare(
    `INSERT INTO manifests (enrollment_id, token, changed_at, answerable_until, is_invited, basis, manifest) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (enrollment_id) DO UPDATE SET token = excluded.token, changed_at = excluded.changed_at, answerable_until = excluded.answerable_until,
       is_invited = excluded.is_invited, basis = excluded.basis, manifest = excluded.manifest`,
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
       (SELECT command_uuid FROM outbox WHERE enrollment_id = ? ORDER BY created_at DESC, command_uuid LIMIT -1 OFFSET ${COMMANDS_KEPT_MAX})
     AND command_uuid NOT IN (SELECT command_uuid FROM outbox WHERE enrollment_id = ? AND json_extract(entry, '$.requestType') = 'ScheduleOSUpdate'
       ORDER BY created_at DESC, command_uuid LIMIT ${UPDATES_KEPT_MAX})
     AND command_uuid NOT IN (SELECT command_uuid FROM outbox WHERE enrollment_id = ? AND state IN ('answered', 'lost')
       AND json_extract(entry, '$.update.isInstall') = 1 ORDER BY created_at DESC, command_uuid LIMIT ${INSTALLS_KEPT_MAX})
     AND command_uuid NOT IN (SELECT command_uuid FROM outbox WHERE enrollment_id = ? AND state = 'lost'
       ORDER BY json_extract(entry, '$.endedAt') DESC, command_uuid LIMIT ${LOST_KEPT_MAX})`,
  );
  const upsertAttempt = db.prepare(
    `INSERT INTO attempts (command_uuid, enrollment_id, decided_at, is_settled, attempt) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (command_uuid) DO UPDATE SET is_settled = excluded.is_settled, attempt = excluded.attempt`,
  );
  const trimAttempts = db.prepare(
    `DELETE FROM attempts WHERE command_uuid IN
       (SELECT command_uuid FROM attempts WHERE enrollment_id = ? ORDER BY decided_at DESC, command_uuid DESC LIMIT -1 OFFSET ${ATTEMPTS_KEPT_MAX})`,
  );
  const upsertRolloutDevice = db.prepare(
    `INSERT INTO rollout_devices (policy, release, enrollment_id, ring, state, since) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (policy, release, enrollment_id) DO UPDATE SET ring = excluded.ring, state = excluded.state, since = excluded.since`,
  );
  const wantPush = db.prepare(
    `INSERT INTO pushes (enrollment_id, due_at, last_sent_at, tries) VALUES (?, ?, 0, 0)
     ON CONFLICT (enrollment_id) DO UPDATE SET due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at)`,
  );
  const saveMeta = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  const savepoint = db.prepare('SAVEPOINT enrollment');
  const release = db.prepare('RELEASE enrollment');
  const undo = db.prepare('ROLLBACK TO enrollment');

  function writeRow(commit: ReconcileCommit): boolean {
    const { summary } = commit;
    const values = [
      summary.lastSeenAt,
      commit.recheckAt,
      JSON.stringify(commit.state),
      JSON.stringify(commit.memory),
      JSON.stringify(commit.decision),
      commit.enrollmentId,
    ];
    if (commit.isListedTheSame) return updateUnlisted.run(...values, commit.basedOn).changes === 1;
    const all = [...listedValues(commit.enrollmentId, summary), commit.decision.reason, ...values];
    const written = commit.basedOn === 0 ? insertRow.run(...all) : updateRow.run(...all, commit.basedOn);
    return written.changes === 1;
  }

  function writeChangedCommands({ outbox }: ReconcileCommit): boolean {
    return outbox.change.every(
      (entry) =>
        updateCommand.run(entry.state, dueAtOf(entry), entry.revision, JSON.stringify(entry), entry.commandUuid, entry.revision - 1)
          .changes === 1,
    );
  }

  function writeRest(commit: ReconcileCommit): void {
    const { enrollmentId } = commit;
    if (commit.ownersPage !== undefined) updatePage.run(commit.ownersPage, enrollmentId);
    if (commit.conflicts) updateConflicts.run(commit.conflicts.length === 0 ? null : JSON.stringify(commit.conflicts), enrollmentId);
    for (const entry of commit.outbox.add) insertCommand.run(...commandColumns(entry));
    if (commit.outbox.add.length > 0) trimCommands.run(enrollmentId, enrollmentId, enrollmentId, enrollmentId, enrollmentId);
    for (const attempt of commit.attempts)
      upsertAttempt.run(attempt.commandUuid, enrollmentId, attempt.decidedAt, attempt.isSettled ? 1 : 0, JSON.stringify(attempt));
    if (commit.attempts.length > 0) trimAttempts.run(enrollmentId);
    if (commit.consumedSeq > 0) deleteEvents.run(enrollmentId, commit.consumedSeq);
    writeHistory(enrollmentId, commit.timeline);
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
    for (const { policy, release, ring, state, since } of commit.rolloutDevices)
      upsertRolloutDevice.run(policy, release, enrollmentId, ring, state, since);
    for (const declaration of commit.declarations) insertDeclaration.run(declaration.Identifier, JSON.stringify(declaration));
    if (commit.manifest) writeManifest(enrollmentId, commit.manifest);
    if (commit.push) wantPush.run(enrollmentId, commit.push.at);
    if (commit.site) saveMeta.run('site', JSON.stringify(commit.site));
  }

  function writeManifest(enrollmentId: string, manifest: Manifest): void {
    const { token, changedAt, answerableUntil, isInvited, basis } = manifest;
    upsertManifest.run(enrollmentId, token, changedAt, answerableUntil, isInvited ? 1 : 0, basis, JSON.stringify(manifest));
  }

  return function commitOne(commit) {
    // The row comes first: when it is stale nothing was written yet. Only changed commands can make it stale afterwards.
    const mayTakeBack = commit.outbox.change.length > 0;
    if (mayTakeBack) savepoint.run();
    const isCurrent = writeRow(commit) && writeChangedCommands(commit);
    if (isCurrent) writeRest(commit);
    else if (mayTakeBack) undo.run();
    if (mayTakeBack) release.run();
    return isCurrent ? 'committed' : 'stale';
  };
}
