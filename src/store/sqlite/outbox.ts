import type { OutboxEntry } from '../../delivery/outbox-entry.ts';
import { OPEN_STATES, type OpenState, type OutboxStore, type PushRow, type PushStore } from '../store.ts';
import type { Sqlite } from './database.ts';
import { dueAtOf } from './outbox-columns.ts';
import type { TurnWriter } from './turn-writer.ts';

export function createOutbox(db: Sqlite, writer: TurnWriter): OutboxStore & PushStore {
  const due = db.prepare('SELECT entry, enrollment_id AS enrollmentId FROM outbox WHERE due_at <= ? ORDER BY due_at, command_uuid LIMIT ?');
  const nextDue = db.prepare('SELECT min(due_at) FROM outbox').pluck();
  const save = db.prepare('UPDATE outbox SET state = ?, due_at = ?, revision = ?, entry = ? WHERE command_uuid = ? AND revision = ?');
  const enqueuedSince = db
    .prepare(`SELECT 1 FROM outbox WHERE enrollment_id = ? AND state = 'enqueued' AND json_extract(entry, '$.enqueuedAt') >= ? LIMIT 1`)
    .pluck();
  const counts = db.prepare('SELECT state, count(*) AS n FROM outbox GROUP BY state');
  // As the partial index has it, letter by letter.
  const openCounts = db.prepare("SELECT state, count(*) AS n FROM outbox WHERE state IN ('pending', 'leased', 'enqueued') GROUP BY state");
  const pushCounts = db.prepare('SELECT count(*) AS waiting, min(due_at) AS since FROM pushes WHERE due_at IS NOT NULL');
  const wantPush = db.prepare(
    `INSERT INTO pushes (enrollment_id, due_at, last_sent_at, tries) VALUES (?, ?, 0, 0)
     ON CONFLICT (enrollment_id) DO UPDATE SET due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at)`,
  );
  const duePushes = db.prepare(
    `SELECT enrollment_id AS enrollmentId, due_at AS dueAt, tries FROM pushes WHERE due_at <= ? AND last_sent_at <= ? ORDER BY due_at, enrollment_id LIMIT ?`,
  );
  const nextPush = db.prepare('SELECT min(max(due_at, last_sent_at + ?)) FROM pushes WHERE due_at IS NOT NULL').pluck();
  const noTokenAt = db.prepare('SELECT no_token_at FROM pushes WHERE enrollment_id = ?').pluck();
  const lacksToken = (enrollmentId: string) => typeof noTokenAt.get(enrollmentId) === 'number';
  const noToken = "no_token_at = CASE @token WHEN 'missing' THEN @at WHEN 'there' THEN NULL ELSE no_token_at END";
  const pushSent = db.prepare(
    `UPDATE pushes SET due_at = NULL, last_sent_at = @at, tries = 0, last_error = @error, ${noToken} WHERE enrollment_id = @enrollmentId`,
  );
  const pushAgain = db.prepare(
    `UPDATE pushes SET due_at = @retryAt, last_sent_at = @at, tries = tries + 1, last_error = @error, ${noToken} WHERE enrollment_id = @enrollmentId`,
  );
  return {
    async listDueCommands(now, limit) {
      const rows = due.all(now, limit) as { entry: string; enrollmentId: string }[];
      const seen = new Set<string>();
      return rows
        .filter(({ enrollmentId }) => !seen.has(enrollmentId) && seen.add(enrollmentId))
        .map(({ entry }) => JSON.parse(entry) as OutboxEntry);
    },
    async nextCommandDueAt() {
      return (nextDue.get() as number | null) ?? undefined;
    },
    saveCommand: (entry, pushAt) =>
      writer.write(1, () => {
        const changed = save.run(entry.state, dueAtOf(entry), entry.revision, JSON.stringify(entry), entry.commandUuid, entry.revision - 1);
        if (changed.changes !== 1) return false;
        if (pushAt !== undefined) wantPush.run(entry.enrollmentId, pushAt);
        return true;
      }),
    async hasEnqueuedSince(enrollmentId, since) {
      return enqueuedSince.get(enrollmentId, since) !== undefined;
    },
    async countCommands() {
      return Object.fromEntries((counts.all() as { state: string; n: number }[]).map(({ state, n }) => [state, n]));
    },
    async countOpenCommands() {
      const counted = new Map((openCounts.all() as { state: OpenState; n: number }[]).map(({ state, n }) => [state, n]));
      return Object.fromEntries(OPEN_STATES.map((state) => [state, counted.get(state) ?? 0])) as Record<OpenState, number>;
    },
    async countPushes() {
      const { waiting, since } = pushCounts.get() as { waiting: number; since: number | null };
      return { waiting, ...(since === null ? {} : { since }) };
    },
    async listDuePushes(now, notSince, limit) {
      return duePushes.all(now, notSince, limit) as PushRow[];
    },
    async nextPushDueAt(spacingMs) {
      return (nextPush.get(spacingMs) as number | null) ?? undefined;
    },
    recordPushes: (results) =>
      writer.write(results.length, () => {
        const changed: string[] = [];
        for (const { enrollmentId, at, retryAt, error = null, hasToken } of results) {
          if (hasToken !== undefined && hasToken === lacksToken(enrollmentId)) changed.push(enrollmentId);
          const token = hasToken === undefined ? 'not told' : hasToken ? 'there' : 'missing';
          if (retryAt === undefined) pushSent.run({ enrollmentId, at, error, token });
          else pushAgain.run({ enrollmentId, at, retryAt, error, token });
        }
        return changed;
      }),
  };
}
