import type { Clock } from '../../runtime.ts';
import { type Store, StoreError } from '../store.ts';
import { createAlertStore } from './alert-book.ts';
import { createAttempts } from './attempts.ts';
import { createLedger } from './carry-lines.ts';
import { createCheckpointer } from './checkpointer.ts';
import { createConflicts } from './conflicts.ts';
import { openDatabase, type Sqlite } from './database.ts';
import { createEnrollments } from './enrollments.ts';
import { createFleetDays } from './fleet-days.ts';
import { createGateStore } from './gate.ts';
import { createHistory } from './history.ts';
import { createInbox } from './inbox.ts';
import { createDeviceLists } from './list-devices.ts';
import { createOutbox } from './outbox.ts';
import { createOverrides } from './overrides.ts';
import { createPlacements } from './placements.ts';
import { createPresence } from './presence.ts';
import { createRolloutStore } from './rollouts.ts';
import { createSite } from './site.ts';
import { createSpool } from './spool.ts';
import { createTagStore } from './tags.ts';
import { createTokenStore } from './tokens.ts';
import { asStoreError, reasonOf, withStoreErrors } from './trouble.ts';
import { createTurnWriter } from './turn-writer.ts';
import { createUpstream } from './upstream.ts';

export interface SqliteStoreOptions {
  /** Database file, or ":memory:". */
  file: string;
  clock: Pick<Clock, 'turn'>;
  /** Events that may wait to be folded before webhooks are answered 503. */
  inboxRowsMax?: number;
}

/** One process, one connection, one writer: see the design. Throws StoreError when the file can't be used. */
export function openSqliteStore({ file, clock, inboxRowsMax }: SqliteStoreOptions): Store {
  const db = openDatabase(file);
  try {
    return storeOver(db, clock, inboxRowsMax);
  } catch (error) {
    db.close();
    throw asStoreError(error);
  }
}

export function storeOver(db: Sqlite, clock: Pick<Clock, 'turn'>, inboxRowsMax?: number): Store {
  const checkpointer = createCheckpointer(db);
  const presence = createPresence(db);
  const writer = createTurnWriter(db, clock, checkpointer.committed, presence.check);
  const touch = db.prepare("INSERT INTO meta (key, value) VALUES ('touchedAt', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  return withStoreErrors({
    ...createInbox(db, writer, inboxRowsMax),
    ...createEnrollments(db, writer),
    ...createOutbox(db, writer),
    ...createAttempts(db),
    ...createSite(db),
    ...createTagStore(db),
    ...createRolloutStore(db),
    ...createTokenStore(db),
    ...createDeviceLists(db),
    ...createFleetDays(db),
    ...createAlertStore(db),
    ...createOverrides(db),
    ...createGateStore(db),
    ...createHistory(db),
    ...createUpstream(db),
    ...createSpool(db, writer),
    ...createConflicts(db),
    ...createLedger(db),
    ...createPlacements(db),
    async checkWritable(now) {
      try {
        presence.check();
        touch.run(JSON.stringify(now));
      } catch (error) {
        throw new StoreError(`the database can't be written: ${reasonOf(error)}`, { cause: error });
      }
    },
    async close() {
      await writer.drained();
      await checkpointer.close();
      db.close();
    },
  });
}
