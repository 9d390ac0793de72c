import type { RingHealth, Rollout, RolloutDevice } from '../../rollout/rollout.types.ts';
import type { RolloutDeviceRow, RolloutStore } from '../store.ts';
import type { Sqlite } from './database.ts';

type CountRow = { ring: string; state: RolloutDevice['state']; count: number; late: number };

export function createRolloutStore(db: Sqlite): RolloutStore {
  const selectAll = db.prepare('SELECT rollout FROM rollouts ORDER BY policy, release').pluck();
  const upsert = db.prepare(
    `INSERT INTO rollouts (policy, release, rollout) VALUES (?, ?, ?)
     ON CONFLICT (policy, release) DO UPDATE SET rollout = excluded.rollout`,
  );
  const insertAudit = db.prepare('INSERT INTO audit (at, by, act, detail) VALUES (?, ?, ?, ?)');
  const revision = db.prepare("SELECT value FROM meta WHERE key = 'rolloutsRevision'").pluck();
  const saveRevision = db.prepare(
    "INSERT INTO meta (key, value) VALUES ('rolloutsRevision', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const countStates = db.prepare(
    `SELECT ring, state, count(*) AS count, sum(since >= ?) AS late FROM rollout_devices
     WHERE policy = ? AND release = ? GROUP BY ring, state`,
  );
  const selectDevices = db.prepare(
    `SELECT enrollment_id AS enrollmentId, ring, state, since FROM rollout_devices
     WHERE policy = ? AND release = ? AND state = ? ORDER BY since, enrollment_id LIMIT ?`,
  );
  const save = db.transaction<
    RolloutStore['saveRollouts'] extends (...given: infer Given) => unknown ? (...given: Given) => number : never
  >((rollouts, audit) => {
    for (const rollout of rollouts) upsert.run(rollout.policy, rollout.release, JSON.stringify(rollout));
    for (const { at, by, act, detail } of audit) insertAudit.run(at, by, act, JSON.stringify(detail));
    const next = Number(JSON.parse((revision.get() as string | undefined) ?? '0')) + 1;
    saveRevision.run(JSON.stringify(next));
    return next;
  });
  return {
    async listRollouts() {
      return (selectAll.all() as string[]).map((text) => JSON.parse(text) as Rollout);
    },
    async saveRollouts(rollouts, audit) {
      return save.immediate(rollouts, audit);
    },
    async rolloutHealth({ policy, release, failuresSince }) {
      const byRing = new Map<string, RingHealth>();
      for (const { ring, state, count, late } of countStates.all(failuresSince, policy, release) as CountRow[]) {
        const health = byRing.get(ring) ?? { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0, failedSince: 0 };
        health[state] = count;
        if (state === 'failed') health.failedSince = late;
        byRing.set(ring, health);
      }
      return byRing;
    },
    async listRolloutDevices({ policy, release }, state, limit) {
      return selectDevices.all(policy, release, state, limit) as RolloutDeviceRow[];
    },
  };
}
