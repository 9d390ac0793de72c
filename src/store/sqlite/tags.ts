import type { TagRow, TagStore } from '../store.ts';
import type { Sqlite } from './database.ts';

export function createTagStore(db: Sqlite): TagStore {
  const selectAll = db.prepare('SELECT source, subject, tags FROM tags ORDER BY source, subject');
  const clear = db.prepare('DELETE FROM tags WHERE source = ?');
  const insert = db.prepare('INSERT INTO tags (source, subject, tags) VALUES (?, ?, ?)');
  const revision = db.prepare("SELECT value FROM meta WHERE key = 'tagsRevision'").pluck();
  const saveRevision = db.prepare(
    "INSERT INTO meta (key, value) VALUES ('tagsRevision', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  );
  const replace = db.transaction((source: string, rows: readonly TagRow[]): number => {
    clear.run(source);
    for (const { subject, tags } of rows) insert.run(source, subject, JSON.stringify(tags));
    const next = Number(JSON.parse((revision.get() as string | undefined) ?? '0')) + 1;
    saveRevision.run(JSON.stringify(next));
    return next;
  });
  return {
    async listTags() {
      const rows = selectAll.all() as { source: string; subject: string; tags: string }[];
      return rows.map((row) => ({ ...row, tags: JSON.parse(row.tags) as string[] }));
    },
    async replaceTags(source, rows) {
      return replace.immediate(source, rows);
    },
  };
}
