import { NamedEnrollment, toldBy } from '../../enrollment/named.ts';
import { decodeMessage } from '../../mdm/decode-message.ts';
import type { DecodePlist } from '../../runtime.ts';
import type { EnrollmentRecords, RecordsPage } from '../enrollment-records.ts';
import type { Dsn } from './dsn.ts';

/** One statement inside a transaction that may only read; rows by the names of their columns. Rejects with RecordsError. */
export type Query = (sql: string, values: readonly string[]) => Promise<Record<string, unknown>[]>;

/** Rows of one statement: with an Authenticate of 64 kB each, some 13 MB at most. */
const PAGE_ROWS = 200;
/** A longer one is left in the database: a real one has 2 kB. */
const AUTHENTICATE_BYTES_MAX = 65_536;

/** Channels of devices, as NanoMDM spells their types: users' channels have no OS. */
const DEVICE_TYPES = ['Device', 'User Enrollment (Device)'] as const;

/**
 * What differs between the two. Moments are asked for as ages: the columns carry no zone, and the clocks may differ. `parameter`
 * of the one value there is.
 */
const DIALECTS: Readonly<Record<Dsn['kind'], { ageOf(column: string): string; parameter: string }>> = {
  pgsql: { ageOf: (column) => `EXTRACT(EPOCH FROM (LOCALTIMESTAMP - ${column}))`, parameter: '$1' },
  mysql: { ageOf: (column) => `TIMESTAMPDIFF(SECOND, ${column}, CURRENT_TIMESTAMP)`, parameter: '?' },
};

/**
 * Columns that hold a secret are never named: neither push_magic, token_hex, token_update, unlock_token nor
 * bootstrap_token_b64, whose time is set and emptied with it. NanoMDM: storage/pgsql and storage/mysql, schema.sql.
 */
function statement(kind: Dsn['kind']): string {
  const { ageOf, parameter } = DIALECTS[kind];
  return `SELECT e.id AS id, e.type AS type, e.enabled AS enabled, ${ageOf('e.last_seen_at')} AS seen_age,
    d.serial_number AS serial_number, ${ageOf('d.authenticate_at')} AS authenticate_age,
    d.bootstrap_token_at IS NOT NULL AS has_bootstrap_token,
    CASE WHEN OCTET_LENGTH(d.authenticate) <= ${AUTHENTICATE_BYTES_MAX} THEN d.authenticate END AS authenticate
  FROM enrollments e JOIN devices d ON d.id = e.device_id
  WHERE e.type IN (${DEVICE_TYPES.map((type) => `'${type}'`).join(', ')}) AND e.id > ${parameter}
  ORDER BY e.id LIMIT ${PAGE_ROWS}`;
}

export interface RecordsOptions {
  kind: Dsn['kind'];
  query: Query;
  decodePlist: DecodePlist;
  /** Epoch ms. */
  now(): number;
  close(): Promise<void>;
}

/** What NanoMDM's schema says of its enrollments; page by page, so that the size of a fleet takes no memory. */
export function createRecords({ kind, query, decodePlist, now, close }: RecordsOptions): EnrollmentRecords {
  const select = statement(kind);

  async function namedOf(row: Record<string, unknown>): Promise<NamedEnrollment | { reason: string }> {
    const serial = NamedEnrollment.shape.serial.safeParse(row.serial_number ?? undefined).data;
    const read = NamedEnrollment.safeParse({
      ...(await authenticateOf(row.authenticate, decodePlist)),
      id: textOf(row.id),
      type: textOf(row.type),
      ...(serial === undefined ? {} : { serial }),
      ...momentOf('enrolledAt', row.authenticate_age, now()),
      ...momentOf('lastSeenAt', row.seen_age, now()),
      enabled: isTrue(row.enabled),
      ...(isTrue(row.has_bootstrap_token) ? { bootstrapToken: 'escrowed' } : {}),
    });
    return read.success ? read.data : { reason: 'its id is none; expected the UDID, without blanks, commas and slashes' };
  }

  return {
    async countByType() {
      const rows = await query('SELECT type AS type, COUNT(*) AS count FROM enrollments GROUP BY type', []);
      return new Map(rows.map(({ type, count }) => [textOf(type), Number(count)]));
    },
    async pageAfter(id) {
      const rows = await query(select, [id]);
      const page: RecordsPage = { named: [], unusable: [] };
      for (const row of rows) {
        const read = await namedOf(row);
        if ('reason' in read) page.unusable.push({ at: textOf(row.id).slice(0, 60), reason: read.reason });
        else page.named.push(read);
      }
      const last = rows.at(-1);
      return { ...page, ...(last === undefined ? {} : { lastId: textOf(last.id) }) };
    },
    close,
  };
}

/** What the device said when it enrolled, by the allow-list of webhooks; nothing where it can't be read. */
async function authenticateOf(stored: unknown, decodePlist: DecodePlist): Promise<Partial<NamedEnrollment>> {
  const text = Buffer.isBuffer(stored) ? stored.toString('utf8') : stored;
  if (typeof text !== 'string') return {};
  try {
    const message = decodeMessage(await decodePlist(Buffer.from(text)), 'check-in');
    return message.ok && message.value.kind === 'Authenticate' ? toldBy(message.value) : {};
  } catch {
    return {};
  }
}

/** Drivers give texts, or the bytes of a binary collation. */
function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  return typeof value === 'string' ? value : '';
}

function isTrue(value: unknown): boolean {
  return value === true || Number(value) === 1;
}

/** Ages come in seconds, from some drivers as text. */
function momentOf<Key extends string>(key: Key, age: unknown, now: number): { [K in Key]?: number } {
  const seconds = age === null || age === undefined ? Number.NaN : Number(age);
  const at = Math.round(now - Math.max(0, seconds) * 1_000);
  return at > 0 ? ({ [key]: at } as { [K in Key]?: number }) : {};
}
