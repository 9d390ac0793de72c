import type { FleetDay, ListStore } from '../store.ts';
import type { Sqlite } from './database.ts';

interface DayRow {
  day: string;
  at: number;
  groups: string;
  exposed: number | null;
}

export function createFleetDays(db: Sqlite): Pick<ListStore, 'saveFleetDay' | 'listFleetDays'> {
  const upsertDay = db.prepare(
    `INSERT INTO fleet_days (day, at, groups, exposed) VALUES (?, ?, ?, ?)
     ON CONFLICT (day) DO UPDATE SET at = excluded.at, groups = excluded.groups, exposed = excluded.exposed`,
  );
  const clearVersions = db.prepare('DELETE FROM fleet_versions WHERE day = ?');
  const insertVersion = db.prepare('INSERT INTO fleet_versions (day, platform, version, devices) VALUES (?, ?, ?, ?)');
  const forget = ['fleet_days', 'fleet_versions'].map((table) => db.prepare(`DELETE FROM ${table} WHERE day < ?`));
  const selectDays = db.prepare('SELECT day, at, groups, exposed FROM fleet_days WHERE day BETWEEN ? AND ? ORDER BY day');
  const selectVersions = db.prepare(
    'SELECT day, platform, version, devices FROM fleet_versions WHERE day BETWEEN ? AND ? ORDER BY day, platform, version',
  );
  const save = db.transaction(({ day, at, groups, exposed, versions }: FleetDay, keepFrom: string) => {
    upsertDay.run(day, at, JSON.stringify(groups), exposed ?? null);
    clearVersions.run(day);
    for (const { platform, runs, devices } of versions) insertVersion.run(day, platform, runs ?? '', devices);
    for (const statement of forget) statement.run(keepFrom);
  });
  const read = db.transaction((from: string, until: string): FleetDay[] => {
    const versions = new Map<string, FleetDay['versions']>();
    for (const row of selectVersions.all(from, until) as { day: string; platform: string; version: string; devices: number }[]) {
      const { day, platform, version, devices } = row;
      const ofDay = versions.get(day) ?? [];
      versions.set(day, ofDay);
      ofDay.push({ platform, ...(version === '' ? {} : { runs: version }), devices });
    }
    return (selectDays.all(from, until) as DayRow[]).map(({ day, at, groups, exposed }) => ({
      day,
      at,
      groups: JSON.parse(groups) as FleetDay['groups'],
      ...(exposed === null ? {} : { exposed }),
      versions: versions.get(day) ?? [],
    }));
  });
  return {
    async saveFleetDay(day, keepFrom) {
      save.immediate(day, keepFrom);
    },
    async listFleetDays(from, until) {
      return read(from, until);
    },
  };
}
