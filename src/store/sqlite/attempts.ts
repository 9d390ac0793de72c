import type { Attempt } from '../../decide/attempt.types.ts';
import type { AttemptStore } from '../store.ts';
import type { Sqlite } from './database.ts';

export function createAttempts(db: Sqlite): AttemptStore {
  const order = 'AND (decided_at, command_uuid) < (?, ?) ORDER BY decided_at DESC, command_uuid DESC LIMIT ?';
  const ofAll = db.prepare(`SELECT attempt FROM attempts WHERE decided_at >= ? ${order}`).pluck();
  const ofOne = db.prepare(`SELECT attempt FROM attempts WHERE enrollment_id = ? AND decided_at >= ? ${order}`).pluck();
  return {
    async listAttempts({ enrollmentId, since, after = { decidedAt: Number.MAX_SAFE_INTEGER, commandUuid: '' } }, limit) {
      const rest = [since, after.decidedAt, after.commandUuid, limit];
      const rows = enrollmentId === undefined ? ofAll.all(...rest) : ofOne.all(enrollmentId, ...rest);
      return (rows as string[]).map((text) => JSON.parse(text) as Attempt);
    },
  };
}
