import type { NamedEnrollment } from '../enrollment/named.ts';

/** The enrollments that an MDM server has in its database, read without changing anything. */
export interface EnrollmentRecords {
  /** How many there are of each type, as the server spells them. */
  countByType(): Promise<ReadonlyMap<string, number>>;
  /** Device channels after that id, in the order of ids; "" begins. No `lastId`: there are no more. */
  pageAfter(id: string): Promise<RecordsPage>;
  close(): Promise<void>;
}

export interface RecordsPage {
  named: NamedEnrollment[];
  /** What is on record of these can't be used. */
  unusable: { at: string; reason: string }[];
  lastId?: string;
}

/** Why records can't be read: one sentence and what to do. Never quotes the address, which has a password in it. */
export class RecordsError extends Error {
  override name = 'RecordsError';

  constructor(
    message: string,
    /** Nobody answers there: nothing is wrong with what was asked. */
    readonly isUnreached = false,
  ) {
    super(message);
  }
}

/** By a data source name, as the server itself is given one. Rejects with RecordsError, as all that it opens does. */
export type OpenRecords = (dsn: string) => Promise<EnrollmentRecords>;
