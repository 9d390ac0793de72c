import type { Clock } from '../../runtime.ts';
import { type Store, StoreError } from '../store.ts';
import { createAttempts } from './attempts.ts';
import { createCheckpointer } from './checkpointer.ts';
import { openDatabase, type Sqlite } from './database.ts';
import { createEnrollments } from './enrollments.ts';
import { createInbox } from './inbox.ts';
import { createOutbox } from './outbox.ts';
import { createSite } from './site.ts';
import { createTurnWriter } from './turn-writer.ts';

export interface SqliteStoreOptions {
  /** Database file, or ":memory:". */
  file: string;
  clock: Pick<Clock, 'turn'>;
  /** Events that may wait to be folded before webhooks are answered 503. */
  inboxRowsMax?: number;
}

/** One process, one connection, one writer: see the design. Throws StoreError when the file can't be used. */
export function openSqliteStore({ file, clock, inboxRowsMax }: SqliteStoreOptions): Store {
  return storeOver(openDatabase(file), clock, inboxRowsMax);
}

export function storeOver(db: Sqlite, clock: Pick<Clock, 'turn'>, inboxRowsMax?: number): Store {
  const checkpointer = createCheckpointer(db);
  const writer = createTurnWriter(db, clock, checkpointer.committed);
  const touch = db.prepare("INSERT INTO meta (key, value) VALUES ('touchedAt', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  return {
    ...createInbox(db, writer, inboxRowsMax),
    ...createEnrollments(db, writer),
    ...createOutbox(db, writer),
    ...createAttempts(db),
    ...createSite(db),
    async checkWritable(now) {
      try {
        touch.run(JSON.stringify(now));
      } catch (error) {
        throw new StoreError(`the database can't be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    },
    async close() {
      await writer.drained();
      await checkpointer.close();
      db.close();
    },
  };
}
