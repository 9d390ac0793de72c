import { RecordsError } from '../enrollment-records.ts';
import type { Dsn } from './dsn.ts';

/** The rights that reading takes, and nothing that is secret. */
const GRANTS =
  'It needs SELECT on enrollments (id, device_id, type, enabled, last_seen_at) and devices (id, serial_number, authenticate, authenticate_at, bootstrap_token_at): see docs/security.md.';
const NOT_NANOMDM = 'Its tables are not those of NanoMDM: is it the database that NanoMDM uses, with every change of its schema applied?';

const UNREACHED: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EPIPE'],
  ...['PROTOCOL_CONNECTION_LOST', 'ER_CON_COUNT_ERROR', '57P03', '53300', '57P01'],
]);
const WRONG_LOGIN: ReadonlySet<string> = new Set(['28P01', '28000', 'ER_ACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR']);
const NO_DATABASE: ReadonlySet<string> = new Set(['3D000', 'ER_BAD_DB_ERROR']);
const NO_TABLE: ReadonlySet<string> = new Set(['42P01', '42703', '3F000', 'ER_NO_SUCH_TABLE', 'ER_UNKNOWN_TABLE', 'ER_BAD_FIELD_ERROR']);
const NO_RIGHT: ReadonlySet<string> = new Set([
  ...['42501', 'ER_TABLEACCESS_DENIED_ERROR', 'ER_COLUMNACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR'],
]);

/** What a driver rejected with, for the person who gave the address. */
export function troubleOf(error: unknown, { kind, host, port, socketPath, user, database }: Omit<Dsn, 'password'>): RecordsError {
  if (error instanceof RecordsError) return error;
  const name = kind === 'pgsql' ? 'PostgreSQL' : 'MySQL';
  const where = socketPath ?? `${host}:${port}`;
  const { code = '', message = '' } = firstOf(error);
  if (UNREACHED.has(code) || /timeout|timed out|Connection terminated|ended by the server|closed state/i.test(message))
    return new RecordsError(`No ${name} answers at ${where} (${code || 'it took too long'}). Nothing more was imported.`, true);
  if (WRONG_LOGIN.has(code)) return new RecordsError(`${name} at ${where} refuses user "${user}": wrong user or password.`);
  if (NO_DATABASE.has(code)) return new RecordsError(`There is no database "${database}" at ${where}.`);
  if (NO_TABLE.has(code)) return new RecordsError(`${NOT_NANOMDM} (${database} at ${where})`);
  if (NO_RIGHT.has(code)) return new RecordsError(`User "${user}" may not read it at ${where}. ${GRANTS}`);
  if (/does not support SSL|server does not support secure|HANDSHAKE_NO_SSL_SUPPORT/i.test(`${message} ${code}`))
    return new RecordsError(
      `${name} at ${where} takes no encrypted connections: add ?sslmode=disable (mysql: ?tls=false) where that is safe.`,
    );
  if (/certificate|self.signed|CERT_/i.test(`${message} ${code}`))
    return new RecordsError(
      `The certificate of ${name} at ${where} can't be verified${code === '' ? '' : ` (${code})`}: sslrootcert names its authority.`,
    );
  return new RecordsError(`${name} at ${where} can't be read${code === '' ? '' : ` (${code})`}.`);
}

/** Node tries several addresses of a name, and tells of all. */
function firstOf(error: unknown): { code?: string; message?: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return firstOf(error.errors[0]);
  if (typeof error !== 'object' || error === null) return {};
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { ...(typeof code === 'string' ? { code } : {}), ...(typeof message === 'string' ? { message } : {}) };
}
