import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Sqlite } from './database.ts';

/** Rows written between two checkpoints: about 16 MB of log. */
const ROWS_BETWEEN = 2_000;

export interface Checkpointer {
  /** To be called after each commit, with the rows it wrote. */
  committed(rows: number): void;
  /** Ends the thread; what it did not copy is copied when the database is closed. */
  close(): Promise<void>;
}

/**
 * Copies the write-ahead log into the database in a thread of its own, with a connection that does nothing else: on
 * the main thread a checkpoint of 32 MB holds every webhook for 60 to 150 ms, about once a second at 5,000/s. Passive
 * checkpoints hold up nobody; what the thread leaves, because more was written meanwhile, SQLite's own checkpoint at
 * `wal_autocheckpoint` pages copies, which keeps the log bounded. Commits are on disk before any of this.
 */
export function createCheckpointer(db: Sqlite): Checkpointer {
  let written = 0;
  let thread: Worker | undefined;
  let isBusy = false;

  function start(): Worker {
    // Plain JavaScript, because a thread started from TypeScript sources would have to learn TypeScript first.
    const started = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const Database = require(workerData.driver);
       const db = new Database(workerData.file, { fileMustExist: true });
       db.pragma('busy_timeout = 1000');
       parentPort.on('message', () => {
         try { db.pragma('wal_checkpoint(PASSIVE)'); } catch {}
         parentPort.postMessage('done');
       });`,
      { eval: true, workerData: { file: db.name, driver: createRequire(import.meta.url).resolve('better-sqlite3') } },
    );
    started.unref();
    started.on('message', () => {
      isBusy = false;
    });
    // Without the thread SQLite's own checkpoint does the work.
    started.on('error', () => undefined);
    return started;
  }

  return {
    committed(rows) {
      written += rows;
      if (written < ROWS_BETWEEN || isBusy || db.memory) return;
      written = 0;
      isBusy = true;
      thread ??= start();
      thread.postMessage('checkpoint');
    },
    async close() {
      await thread?.terminate();
    },
  };
}
