import {
  EXCHANGE_BYTES_MAX,
  EXCHANGES_KEPT_MAX,
  type Exchange,
  type HistoryEntry,
  type HistoryStore,
  type TimelineEntry,
} from '../store.ts';
import type { Sqlite } from './database.ts';

/** Entries kept per enrollment; older ones go. */
const TIMELINE_MAX = 200;

export function createHistory(db: Sqlite): HistoryStore {
  const select = db.prepare(
    `SELECT t.seq, t.at, t.kind, t.text, x.seq AS exchange FROM timeline t LEFT JOIN exchanges x ON x.seq = t.exchange
     WHERE t.enrollment_id = ? AND t.seq < ? ORDER BY t.seq DESC LIMIT ?`,
  );
  const selectExchange = db.prepare('SELECT exchange FROM exchanges WHERE seq = ? AND enrollment_id = ?').pluck();
  return {
    async listHistory(enrollmentId, before = Number.MAX_SAFE_INTEGER, limit) {
      const rows = select.all(enrollmentId, before, limit) as (Omit<HistoryEntry, 'exchange'> & { exchange: number | null })[];
      return rows.map(({ exchange, ...entry }) => (exchange === null ? entry : { ...entry, exchange }));
    },
    async findExchange(enrollmentId, seq) {
      const text = selectExchange.get(seq, enrollmentId) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as Exchange);
    },
  };
}

/** Writes entries of one enrollment, inside a transaction, and lets the oldest go. */
export function createWriteHistory(db: Sqlite): (enrollmentId: string, entries: readonly TimelineEntry[]) => void {
  const insertTimeline = db.prepare('INSERT INTO timeline (enrollment_id, at, kind, text, exchange) VALUES (?, ?, ?, ?, ?)');
  const insertExchange = db.prepare('INSERT INTO exchanges (enrollment_id, exchange) VALUES (?, ?)');
  const oldest = (table: string, kept: number) =>
    db.prepare(
      `DELETE FROM ${table} WHERE enrollment_id = ? AND seq <= (SELECT seq FROM ${table} WHERE enrollment_id = ? ORDER BY seq DESC LIMIT 1 OFFSET ${kept})`,
    );
  const trimTimeline = oldest('timeline', TIMELINE_MAX);
  const trimExchanges = oldest('exchanges', EXCHANGES_KEPT_MAX);
  return function write(enrollmentId, entries) {
    if (entries.length === 0) return;
    const written = new Map<Exchange, number | bigint>();
    for (const { at, kind, text, exchange } of entries) {
      if (exchange !== undefined && !written.has(exchange))
        written.set(exchange, insertExchange.run(enrollmentId, textOf(exchange)).lastInsertRowid);
      insertTimeline.run(enrollmentId, at, kind, text, (exchange && written.get(exchange)) ?? null);
    }
    trimTimeline.run(enrollmentId, enrollmentId);
    if (written.size > 0) trimExchanges.run(enrollmentId, enrollmentId);
  };
}

function textOf(exchange: Exchange): string {
  const text = JSON.stringify(exchange);
  const bytes = Buffer.byteLength(text);
  return bytes <= EXCHANGE_BYTES_MAX ? text : JSON.stringify({ what: 'too-large', bytes } satisfies Exchange);
}
