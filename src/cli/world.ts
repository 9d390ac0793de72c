import type { Configuration } from '../config/load-configuration.ts';
import type { OpenRecords } from '../hosts/enrollment-records.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import type { MatchSubject } from '../policy/match.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import type { Fetch } from '../runtime.ts';
import type { BackupOutcome, BackupTaken, BackupUsed } from './backup.types.ts';
import type { DoctorPorts } from './doctor/doctor.types.ts';
import type { ReadSource } from './read-source.types.ts';

/** All that the verbs touch outside themselves; main.ts gives the real one. */
export interface CliWorld {
  env: Readonly<Record<string, string | undefined>>;
  /** Working directory, absolute. */
  cwd: string;
  /** Of package.json. */
  version: string;
  /** Epoch ms. */
  now(): number;
  fetch: Fetch;
  /** A file by its absolute path; rejects as node:fs does. */
  readFile(path: string): Promise<Uint8Array>;
  /** Writes a file by its absolute path, in place of what was there; rejects as node:fs does. */
  writeFile?(path: string, text: string): Promise<void>;
  /** All of standard input. */
  stdin(): Promise<Uint8Array>;
  /** Asks whoever sits at the terminal, one line; absent or undefined: nobody does. */
  ask?(question: string): Promise<string | undefined>;
  sleep?(ms: number): Promise<void>;
  /** Data. */
  stdout(text: string): void;
  /** Progress and errors. */
  stderr(text: string): void;
  /** Somebody looks at stderr: progress may be shown. */
  isTerminal?: boolean;
  /** Somebody looks at stdout, and has not asked for plain text. */
  hasColours?: boolean;
  /** Runs the server until it is stopped; answers the exit code. */
  serve(configuration: ServeConfiguration): Promise<number>;
  /** Opens a data folder to read while no server answers; undefined when there is no database in it. */
  openReadOnly?(dataFolder: string): Promise<ReadSource | undefined>;
  /** What a data folder knows of releases and devices, whether a server runs on it or not; undefined when there is no database in it. */
  readFleet?(dataFolder: string): Promise<KnownFleet | undefined>;
  /** Opens the database of an MDM server, to read what enrollments it has. */
  openRecords?: OpenRecords;
  /** The deadlines in another database of Ratchet, or a backup of one; a path absolute or from the working directory. */
  openLedger?(file: string): { ok: true; value: OpenedLedger } | { ok: false; message: string };
  /** Copies a data folder's database into a new file; both paths absolute or from the working directory. */
  backUp?(dataFolder: string, file: string): BackupOutcome<BackupTaken>;
  /** Puts such a file into a data folder that no server uses. */
  restore?(dataFolder: string, file: string): BackupOutcome<BackupUsed>;
  /** What `ratchet doctor` looks at. */
  doctor?: DoctorPorts;
}

export interface OpenedLedger {
  /** How many lines there are. */
  count: number;
  /** All of them, device by device. */
  lines(): Iterable<LedgerLine>;
  close(): void;
}

export interface KnownFleet {
  /** Absent: no list was read yet. */
  catalogue?: Catalogue;
  subjects: readonly MatchSubject[];
}

/** A configuration without problems. */
export type ServeConfiguration = Configuration & { policySet: PolicySet };
