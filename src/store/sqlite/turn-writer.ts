import type { Clock } from '../../runtime.ts';
import { StoreError } from '../store.ts';
import type { Sqlite } from './database.ts';
import { reasonOf } from './trouble.ts';

/** Rows of one transaction: more would hold the loop for more than about 20 ms. */
const ROWS_MAX = 1_000;

export interface TurnWriter {
  /**
   * Runs `run` in the transaction at the end of this turn of the event loop; resolves with what it returned once that
   * transaction is on disk. When `run` throws, nothing of it is written and it alone rejects; when the transaction
   * fails, everything in it rejects with StoreError. `rows` is about how many it writes.
   */
  write<T>(rows: number, run: () => T): Promise<T>;
  /** The same for inserts that fail only when the disk does: they are not worth a savepoint each. */
  insert(rows: number, run: () => void): Promise<void>;
  /** Resolves when nothing waits. */
  drained(): Promise<void>;
}

interface Job {
  rows: number;
  isAlone: boolean;
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * The group commit: what is written in one turn of the event loop, webhooks, reconciled devices and sent commands
 * alike, is one transaction and one fsync. An fsync takes 1 to 4 ms and holds the loop: with one for the webhooks and
 * one for the reconciler, 64 connections got half as many webhooks through; one for each webhook gives 900/s.
 */
export function createTurnWriter(
  db: Sqlite,
  clock: Pick<Clock, 'turn'>,
  onCommitted: (rows: number) => void = () => undefined,
  /** Throws when nothing may be written now. */
  check: () => void = () => undefined,
): TurnWriter {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const savepoint = db.prepare('SAVEPOINT job');
  const release = db.prepare('RELEASE job');
  const undo = db.prepare('ROLLBACK TO job');
  let waiting: Job[] = [];
  let flushing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    await clock.turn();
    while (waiting.length > 0) {
      writeBatch(takeBatch());
      if (waiting.length > 0) await clock.turn();
    }
    flushing = undefined;
  }

  function takeBatch(): Job[] {
    let taken = 0;
    for (let rows = 0; taken < waiting.length && rows < ROWS_MAX; taken += 1) rows += waiting[taken]?.rows ?? 0;
    const batch = waiting.slice(0, taken);
    waiting = waiting.slice(taken);
    return batch;
  }

  function writeBatch(batch: readonly Job[]): void {
    const answers: (() => void)[] = [];
    try {
      check();
      begin.run();
      for (const job of batch) answers.push(job.isAlone ? runAlone(job) : runPlain(job));
      commit.run();
    } catch (error) {
      if (db.inTransaction) rollback.run();
      const failure = new StoreError(`the database can't be written: ${reasonOf(error)}`, {
        cause: error,
      });
      for (const { reject } of batch) reject(failure);
      return;
    }
    for (const answer of answers) answer();
    onCommitted(batch.reduce((rows, job) => rows + job.rows, 0));
  }

  function runPlain({ run, resolve }: Job): () => void {
    run();
    return () => resolve(undefined);
  }

  function runAlone({ run, resolve, reject }: Job): () => void {
    savepoint.run();
    try {
      const value = run();
      release.run();
      return () => resolve(value);
    } catch (error) {
      // A full disk ends the whole transaction by itself; then there is no savepoint to go back to.
      if (!db.inTransaction) throw error;
      undo.run();
      release.run();
      return () => reject(error as Error);
    }
  }

  function add(rows: number, isAlone: boolean, run: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      waiting.push({ rows, isAlone, run, resolve, reject });
      flushing ??= flush();
    });
  }

  return {
    write: (rows, run) => add(rows, true, run) as Promise<never>,
    insert: (rows, run) => add(rows, false, run) as Promise<void>,
    async drained() {
      await flushing;
    },
  };
}
