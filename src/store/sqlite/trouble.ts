import Database from 'better-sqlite3';
import { StoreError } from '../store.ts';

/** What an error of SQLite or of the disk means, and what to do about it: SQLite's own words are for programmers. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const code = String((error as { code?: unknown } | undefined)?.code ?? '');
  const advice = ADVICE.find(({ codes }) => codes.test(code))?.advice;
  return advice === undefined ? text : `${advice[0]} (${text}); ${advice[1]}`;
}

const ADVICE: readonly { codes: RegExp; advice: readonly [what: string, remedy: string] }[] = [
  { codes: /^SQLITE_(CORRUPT|NOTADB)/, advice: ['it is damaged or no database', 'go back to a backup (ratchet restore)'] },
  {
    codes: /^(SQLITE_FULL|ENOSPC|EDQUOT|EFBIG)/,
    advice: ['there is no room left on its disk', 'make room: Ratchet goes on by itself'],
  },
  {
    codes: /^(SQLITE_READONLY|EROFS)/,
    advice: [
      'it can’t be written',
      'check the owner and the rights of the folder and of its files, and whether its disk is mounted read-only',
    ],
  },
  {
    codes: /^SQLITE_(BUSY|LOCKED)/,
    advice: ['another program keeps it locked', 'end that program (a shell with sqlite3, a copying tool): Ratchet goes on by itself'],
  },
  { codes: /^(SQLITE_CANTOPEN|EACCES|EPERM)/, advice: ['it can’t be opened', 'check the owner and the rights of the folder'] },
  { codes: /^SQLITE_IOERR|^EIO/, advice: ['its disk fails', 'look into the system’s log for errors of the disk'] },
];

/** An error of the database as the store's own; any other stays what it is. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  return new StoreError(`the database can't be used: ${reasonOf(error)}`, { cause: error });
}

/** The same store, whose methods reject with StoreError where SQLite fails. */
export function withStoreErrors<Store extends object>(store: Store): Store {
  const calls = Object.entries(store).map(([name, call]: [string, (...given: unknown[]) => Promise<unknown>]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await call(...given);
      } catch (error) {
        throw asStoreError(error);
      }
    },
  ]);
  return Object.fromEntries(calls) as Store;
}
