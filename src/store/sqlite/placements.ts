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
  const noteWritten = db.prepare(
    'INSERT INTO placed_groups (name, written_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET written_at = excluded.written_at',
  );
  const selectWritten = db.prepare('SELECT written_at FROM placed_groups WHERE name = ?').pluck();
  const selectAllWritten = db.prepare('SELECT name, written_at FROM placed_groups WHERE written_at IS NOT NULL').raw();
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
    async noteGroupWritten(name, at) {
      noteWritten.run(name, at);
    },
    async findGroupWritten(name) {
      return (selectWritten.get(name) as number | null | undefined) ?? undefined;
    },
    async listGroupsWritten() {
      return new Map(selectAllWritten.all() as [string, number][]);
    },
    async voidPlacements() {
      voidAll.run();
    },
  };
}
