import { InboxFullError, type InboxStore, type ParkedItem } from '../store.ts';
import type { Sqlite } from './database.ts';
import type { TurnWriter } from './turn-writer.ts';

/** Events waiting to be folded; past it webhooks are answered 503. 300,000 are about 300 MB. */
export const INBOX_ROWS_MAX = 300_000;
const PARKED_ROWS_MAX = 1_000;

export function createInbox(db: Sqlite, writer: TurnWriter, rowsMax = INBOX_ROWS_MAX): InboxStore {
  const insert = db.prepare('INSERT INTO inbox (enrollment_id, type, event) VALUES (?, ?, ?)');
  const count = db.prepare('SELECT count(*) AS n FROM inbox').pluck();
  const parkOne = db.prepare(
    'INSERT INTO parked (received_at, topic, reason, detail, bytes, sha256, event_id) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const trimParked = db.prepare(`DELETE FROM parked WHERE seq <= (SELECT max(seq) FROM parked) - ${PARKED_ROWS_MAX}`);
  const listParked = db.prepare(
    'SELECT received_at AS receivedAt, topic, reason, detail, bytes, sha256, event_id AS eventId FROM parked ORDER BY seq DESC LIMIT ?',
  );
  /** In the table at the last count, and appended since; what was folded since is subtracted by counting again, rarely. */
  let rows = count.get() as number;
  /** On their way into the table. */
  let underWay = 0;

  return {
    async append(items) {
      if (rows + underWay >= rowsMax) {
        rows = count.get() as number;
        if (rows + underWay >= rowsMax) throw new InboxFullError(`the inbox holds ${rows} events, its limit`);
      }
      underWay += items.length;
      try {
        await writer.insert(items.length, () => {
          for (const { subject, event } of items) insert.run(subject.id, subject.type, JSON.stringify(event));
        });
        rows += items.length;
      } finally {
        underWay -= items.length;
      }
    },
    park: (item: ParkedItem) =>
      writer.write(1, () => {
        parkOne.run(item.receivedAt, item.topic, item.reason, item.detail, item.bytes, item.sha256, item.eventId ?? null);
        trimParked.run();
      }),
    async listParked(limit) {
      return (listParked.all(limit) as (ParkedItem & { eventId: string | null })[]).map(({ eventId, ...rest }) => ({
        ...rest,
        ...(eventId === null ? {} : { eventId }),
      }));
    },
    async countInbox() {
      rows = count.get() as number;
      return rows;
    },
  };
}
