import { RecordsError } from '../enrollment-records.ts';

/** Where a database of NanoMDM is. */
export interface Dsn {
  kind: 'pgsql' | 'mysql';
  host: string;
  port: number;
  /** Of a socket in the file system, in place of host and port. */
  socketPath?: string;
  user: string;
  password: string;
  database: string;
  /** `encrypted`: whoever answers is believed; `verified`: its certificate is checked as well. */
  tls: 'off' | 'encrypted' | 'verified';
  /** File of the authorities that its certificate is checked against. */
  rootCertificate?: string;
}

const EXPECTED =
  'Expected the -storage-dsn of NanoMDM: postgres://user:password@host:5432/database, mysql://user:password@host:3306/database or user:password@tcp(host:3306)/database.';

/** Of lib/pq, which NanoMDM reads it with: absent means require. */
const SSL_MODES: Readonly<Record<string, Dsn['tls']>> = {
  disable: 'off',
  allow: 'off',
  prefer: 'encrypted',
  require: 'encrypted',
  'verify-ca': 'verified',
  'verify-full': 'verified',
};

/** Of go-sql-driver/mysql: absent means none. */
const MYSQL_TLS: Readonly<Record<string, Dsn['tls']>> = {
  false: 'off',
  preferred: 'encrypted',
  'skip-verify': 'encrypted',
  true: 'verified',
};

/** `user:password@tcp(host:port)/database?tls=true`; a password may have any character. */
const GO_MYSQL =
  /^(?<user>[^:@/]*)(?::(?<password>.*))?@(?<net>tcp|unix)\((?<address>[^()]*)\)\/(?<database>[^?/]*)(?:\?(?<query>[^?]*))?$/s;

/** Reads it; nothing of it is part of an error. */
export function parseDsn(text: string): Dsn {
  const trimmed = text.trim();
  if (/^postgres(ql)?:\/\//i.test(trimmed)) return postgres(urlOf(trimmed));
  if (/^mysql:\/\//i.test(trimmed)) return mysql(urlOf(trimmed));
  const go = GO_MYSQL.exec(trimmed)?.groups;
  if (go) return goMysql(go);
  throw new RecordsError(`This is no address of a database that can be read. ${EXPECTED}`);
}

function urlOf(given: string): URL {
  // Before a socket no host is named.
  const text = given.replace(/@\//, '@localhost/');
  if (URL.canParse(text)) return new URL(text);
  throw new RecordsError(`The address can't be read; special characters of a password are written %40 for @, %2F for /. ${EXPECTED}`);
}

function common(url: URL, port: number): Omit<Dsn, 'kind' | 'tls'> {
  const database = plain(url.pathname.slice(1));
  if (database === '') throw new RecordsError(`The address names no database. ${EXPECTED}`);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: url.port === '' ? port : Number(url.port),
    user: plain(url.username),
    password: plain(url.password),
    database,
  };
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function postgres(url: URL): Dsn {
  const mode = url.searchParams.get('sslmode') ?? 'require';
  const rootCertificate = url.searchParams.get('sslrootcert') ?? undefined;
  const tls = SSL_MODES[mode];
  if (tls === undefined) throw new RecordsError(`sslmode is not known; expected one of ${Object.keys(SSL_MODES).join(', ')}.`);
  const socket = url.searchParams.get('host');
  return {
    kind: 'pgsql',
    ...common(url, 5432),
    // A socket is no network to listen in on.
    tls: socket?.startsWith('/') ? 'off' : tls,
    ...(socket?.startsWith('/') ? { socketPath: socket } : {}),
    ...(rootCertificate === undefined ? {} : { rootCertificate }),
  };
}

function mysql(url: URL): Dsn {
  return { kind: 'mysql', ...common(url, 3306), tls: mysqlTls(url.searchParams.get('tls')) };
}

function goMysql({ user = '', password = '', net, address = '', database = '', query = '' }: Record<string, string | undefined>): Dsn {
  if (database === '') throw new RecordsError(`The address names no database. ${EXPECTED}`);
  const tls = mysqlTls(new URLSearchParams(query).get('tls'));
  const base = { kind: 'mysql' as const, user, password, database };
  if (net === 'unix') return { ...base, host: 'localhost', port: 3306, socketPath: address, tls: 'off' };
  const [, host = '', port = '3306'] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(address) ?? [];
  return { ...base, host: host || 'localhost', port: Number(port), tls };
}

function mysqlTls(given: string | null): Dsn['tls'] {
  const tls = MYSQL_TLS[(given ?? 'false').toLowerCase()];
  if (tls === undefined) throw new RecordsError(`tls is not known; expected one of ${Object.keys(MYSQL_TLS).join(', ')}.`);
  return tls;
}
