import { readFileSync } from 'node:fs';
import type { DecodePlist } from '../../runtime.ts';
import { type EnrollmentRecords, RecordsError } from '../enrollment-records.ts';
import { type Dsn, parseDsn } from './dsn.ts';
import { createRecords, type Query } from './records.ts';
import { troubleOf } from './trouble.ts';

const CONNECT_MS = 15_000;
/** A page takes milliseconds; a table that is locked longer than this is not waited for. */
const STATEMENT_MS = 60_000;
/** Each page is a transaction of its own: none stays open while the pages are imported, and behind a pooler it still only reads. */
const BEGIN = 'START TRANSACTION READ ONLY';

/** A connection of either driver. */
interface Connection {
  run(sql: string, values: readonly string[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  decodePlist: DecodePlist;
  /** Epoch ms. */
  now(): number;
}

/** Opens the database of a NanoMDM. The drivers are loaded here, and by nothing else. */
export async function openNanoMdmDatabase(text: string, { decodePlist, now }: OpenDatabaseOptions): Promise<EnrollmentRecords> {
  const dsn = parseDsn(text);
  const told = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => Promise.reject(troubleOf(error, dsn)));
  const connection = await told(dsn.kind === 'pgsql' ? connectPgsql(dsn) : connectMysql(dsn));
  const query: Query = (sql, values) => told(readOnly(connection, sql, values));
  return createRecords({ kind: dsn.kind, query, decodePlist, now, close: () => connection.close().catch(() => undefined) });
}

async function readOnly(connection: Connection, sql: string, values: readonly string[]): Promise<Record<string, unknown>[]> {
  await connection.run(BEGIN, []);
  try {
    return await connection.run(sql, values);
  } finally {
    await connection.run('ROLLBACK', []).catch(() => undefined);
  }
}

async function connectPgsql(dsn: Dsn): Promise<Connection> {
  const { default: pg } = await import('pg');
  const { socketPath, host, port, user, password, database } = dsn;
  const client = new pg.Client({
    ...{ host: socketPath ?? host, port, user, password, database },
    ...{ connectionTimeoutMillis: CONNECT_MS, query_timeout: STATEMENT_MS, application_name: 'ratchet import' },
    ssl: tlsOf(dsn),
  });
  // A connection that breaks between two statements tells the next one.
  client.on('error', () => undefined);
  await client.connect();
  return {
    run: async (sql, values) => (await client.query(sql, [...values])).rows as Record<string, unknown>[],
    close: () => client.end(),
  };
}

async function connectMysql(dsn: Dsn): Promise<Connection> {
  const { createConnection } = await import('mysql2/promise');
  const { socketPath, host, port, user, password, database } = dsn;
  const ssl = tlsOf(dsn);
  const connection = await createConnection({
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    ...{ user, password, database, connectTimeout: CONNECT_MS },
    ...(ssl === false ? {} : { ssl }),
  });
  connection.on('error', () => undefined);
  return {
    run: async (sql, values) => {
      const statement = { sql, values: [...values], timeout: STATEMENT_MS };
      // Ids are what devices say. `query` would write them into the text with backslashes, which not every sql_mode takes for escapes.
      const [rows] = await (values.length === 0 ? connection.query(statement) : connection.execute(statement));
      return rows as Record<string, unknown>[];
    },
    close: () => connection.end(),
  };
}

function tlsOf({ tls, rootCertificate }: Dsn): false | { rejectUnauthorized: boolean; ca?: string } {
  if (tls === 'off') return false;
  if (rootCertificate === undefined) return { rejectUnauthorized: tls === 'verified' };
  try {
    // As libpq has it: who names an authority wants it to be asked.
    return { rejectUnauthorized: true, ca: readFileSync(rootCertificate, 'utf8') };
  } catch {
    throw new RecordsError(`sslrootcert: the file ${rootCertificate} can't be read.`);
  }
}
