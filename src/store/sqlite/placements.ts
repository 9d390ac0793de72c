import type { Placement } from '../../decide/placement.ts';
import type { PlacedRow, PlacementStore } from '../store.ts';
import type { Sqlite } from './database.ts';

export function createPlacements(db: Sqlite): PlacementStore {
  const select = db.prepare('SELECT placement FROM placements WHERE enrollment_id = ?').pluck();
  const upsert = db.prepare(
    `INSERT INTO placements (enrollment_id, token, placement) VALUES (?, ?, ?)
     ON CONFLICT (enrollment_id) DO UPDATE SET token = excluded.token, placement = excluded.placement`,
  );
  const noteGroup = db.prepare('INSERT INTO placed_groups (name) VALUES (?) ON CONFLICT (name) DO NOTHING');
  // -1: the manifest is not to be answered at all.
  const selectUnplaced = db.prepare(
    `SELECT m.enrollment_id AS enrollmentId, json_extract(p.placement, '$.enforcement') IS NOT NULL
         AND json_extract(p.placement, '$.enforcement') IS NOT json_extract(m.manifest, '$.enforcement.identifier') AS isWithdrawal
     FROM manifests m LEFT JOIN placements p USING (enrollment_id)
     WHERE p.token IS NOT m.token AND m.answerable_until <> -1 ORDER BY isWithdrawal DESC, m.changed_at`,
  );
  const selectPlaced = db.prepare(
    'SELECT enrollment_id AS enrollmentId, placement FROM placements WHERE enrollment_id > ? ORDER BY enrollment_id LIMIT ?',
  );
  const countPlaced = db.prepare('SELECT count(*) FROM placements').pluck();
  const selectUnused = db
    .prepare(
      `SELECT name FROM placed_groups g WHERE NOT EXISTS (SELECT 1 FROM declarations d WHERE d.identifier = g.name)
         AND NOT EXISTS (SELECT 1 FROM placements p WHERE instr(json_remove(p.placement, '$.tookAway'), '"' || g.name || '"') > 0) ORDER BY name LIMIT ?`,
    )
    .pluck();
  const deleteGroup = db.prepare('DELETE FROM placed_groups WHERE name = ?');
  const selectWrites = db.prepare("SELECT value FROM meta WHERE key = 'groupWrites'").pluck();
  const putWrites = db.prepare(
    "INSERT INTO meta (key, value) VALUES ('groupWrites', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const noteWrite = db.prepare(
    'INSERT INTO placed_groups (name, last_write) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last_write = excluded.last_write',
  );
  const selectWrite = db.prepare('SELECT last_write FROM placed_groups WHERE name = ?').pluck();
  const selectAllWrites = db.prepare('SELECT name, last_write FROM placed_groups WHERE last_write IS NOT NULL').raw();
  const countWrites = () => Number(selectWrites.get() ?? 0);
  const write = db.transaction((name: string) => {
    const number = countWrites() + 1;
    putWrites.run(String(number));
    noteWrite.run(name, number);
    return number;
  });
  const voidAll = db.prepare("UPDATE placements SET token = NULL, placement = json_remove(placement, '$.token')");
  const save = db.transaction((enrollmentId: string, placement: Placement, groups: readonly string[]) => {
    for (const name of groups) noteGroup.run(name);
    upsert.run(enrollmentId, placement.token ?? null, JSON.stringify(placement));
  });

  return {
    async findPlacement(enrollmentId) {
      const text = select.get(enrollmentId) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as Placement);
    },
    async savePlacement(enrollmentId, placement, groups) {
      save(enrollmentId, placement, groups);
    },
    async listUnplaced() {
      const rows = selectUnplaced.all() as { enrollmentId: string; isWithdrawal: number }[];
      return rows.map(({ enrollmentId, isWithdrawal }) => ({ enrollmentId, isWithdrawal: isWithdrawal === 1 }));
    },
    async listPlaced(afterId, limit) {
      const rows = selectPlaced.all(afterId, limit) as { enrollmentId: string; placement: string }[];
      return rows.map(({ enrollmentId, placement }): PlacedRow => ({ enrollmentId, placement: JSON.parse(placement) }));
    },
    async countPlaced() {
      return countPlaced.get() as number;
    },
    async listUnusedGroups(limit) {
      return selectUnused.all(limit) as string[];
    },
    async forgetGroup(name) {
      deleteGroup.run(name);
    },
    async noteGroupWrite(name) {
      return write(name);
    },
    async countGroupWrites() {
      return countWrites();
    },
    async listGroupWrites() {
      return new Map(selectAllWrites.all() as [string, number][]);
    },
    async findGroupWrite(name) {
      return (selectWrite.get(name) as number | null | undefined) ?? 0;
    },
    async voidPlacements() {
      voidAll.run();
    },
  };
}
