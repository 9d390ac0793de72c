import type { SpooledEvent, SpoolStore } from '../store.ts';
import type { Sqlite } from './database.ts';
import type { TurnWriter } from './turn-writer.ts';

export function createSpool(db: Sqlite, writer: TurnWriter): SpoolStore {
  const insertEvent = db.prepare('INSERT INTO forward_events (sealed) VALUES (?)');
  const insertWaiting = db.prepare('INSERT INTO forward_waiting (seq, target) VALUES (?, ?)');
  const select = db.prepare(
    `SELECT seq, sealed, (SELECT json_group_array(target) FROM forward_waiting AS waiting WHERE waiting.seq = event.seq) AS targets
     FROM forward_events AS event WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const removeWaiting = db.prepare('DELETE FROM forward_waiting WHERE seq = ? AND target = ?');
  const removeEvent = db.prepare(
    'DELETE FROM forward_events WHERE seq = ? AND NOT EXISTS (SELECT 1 FROM forward_waiting WHERE forward_waiting.seq = forward_events.seq)',
  );
  const emptyWaiting = db.prepare('DELETE FROM forward_waiting');
  const emptyEvents = db.prepare('DELETE FROM forward_events');

  return {
    addToSpool: (sealed, targets) =>
      writer.write(1 + targets.length, () => {
        const seq = Number(insertEvent.run(sealed).lastInsertRowid);
        for (const target of targets) insertWaiting.run(seq, target);
        return seq;
      }),
    async listSpool(afterSeq, limit) {
      const rows = select.all(afterSeq, limit) as (Omit<SpooledEvent, 'targets'> & { targets: string })[];
      return rows.map((row) => ({ ...row, targets: JSON.parse(row.targets) as string[] }));
    },
    async removeFromSpool(done) {
      if (done.length === 0) return;
      await writer.write(done.length, () => {
        for (const { seq, target } of done) {
          removeWaiting.run(seq, target);
          removeEvent.run(seq);
        }
      });
    },
    emptySpool: () =>
      writer.write(1, () => {
        emptyWaiting.run();
        return emptyEvents.run().changes;
      }),
  };
}
