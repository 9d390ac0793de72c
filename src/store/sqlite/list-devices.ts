import { cursorOf, type Place, placeIn } from '../device-cursor.ts';
import { foldText } from '../search-text.ts';
import {
  type CountKey,
  DEVICES_PER_PAGE_MAX,
  type DeviceCount,
  type DeviceFilter,
  type DeviceQuery,
  DeviceQueryError,
  type DeviceSort,
  type EnrollmentRow,
  type ListStore,
  SEARCH_TEXT_MAX,
  type StoredDecision,
} from '../store.ts';
import type { Sqlite } from './database.ts';
import { keyOf, SUMMARY_COLUMNS, type SummaryRow, summaryOfRow, tagPattern, textOfKey } from './summary-columns.ts';

/** Named, because without statistics SQLite would take a smaller index and look every device up in the table. */
const LISTED = 'enrollments INDEXED BY enrollments_listed';
const BY_SEEN = 'enrollments INDEXED BY enrollments_by_seen';
const BY_ROW = 'enrollments NOT INDEXED';
/** So many rows are looked up one by one rather than to read the index a second and a third time: some 5 ms. */
const FEW = 1_000;
/** Where all are meant, in no order or in that of their ids, SQLite finds the smallest index itself. */
const ANY = 'enrollments';

type Value = string | number | null;

/** A condition and its values: what was asked for never becomes part of the statement. */
interface Condition {
  sql: string;
  values: readonly Value[];
  /** It names rows. */
  isByRow?: true;
}

const AMONG = 'rowid IN (SELECT value FROM json_each(?))';

/** Where a page begins, in its direction. */
type Beyond = '<' | '>';

const KEYS: Readonly<Record<DeviceSort, string>> = {
  id: 'id',
  serial: 'serial_number',
  name: 'name_key',
  platform: 'platform',
  version: 'version_key',
  reason: 'reason',
  policy: 'policy',
  date: 'due_date',
  lastSeenAt: 'last_seen_at',
};

/** What is counted by and its column, in the order of the index: so the groups come one after the other. */
const COUNTED: Readonly<Record<CountKey, string>> = {
  reason: 'reason',
  platform: 'platform',
  runs: 'version_key',
  policy: 'policy',
  date: 'due_date',
  isHandedOut: 'is_handed_out',
  isHolding: 'is_holding',
  isExposed: 'is_exposed',
  ring: 'ring',
  lookupKey: 'lookup_key',
};
const COUNT_KEYS = Object.keys(COUNTED) as CountKey[];

/** Every query reads the covering index from one end of what it means to the other, and then only the rows of its page. */
export function createDeviceLists(db: Sqlite, few = FEW): Pick<ListStore, 'listDevices' | 'countDevices'> {
  const selectRow = db.prepare(`SELECT id, ${SUMMARY_COLUMNS}, decision FROM enrollments WHERE rowid = ?`);

  function rowOf(row: number): EnrollmentRow {
    const { id, decision, ...columns } = selectRow.get(row) as SummaryRow & { id: string; decision: string };
    return { id, summary: summaryOfRow(columns), decision: JSON.parse(decision) as StoredDecision };
  }

  /** How many are meant, and where they stand if they are few. */
  function countOrRows(filter: Condition): { total: number; rows?: number[] } {
    if (filter === EVERYTHING) return { total: db.prepare(`SELECT count(*) FROM ${ANY}`).pluck().get() as number };
    const found = db.prepare(`SELECT rowid FROM ${LISTED} WHERE ${filter.sql} LIMIT ${few + 1}`).pluck();
    const rows = found.all(...filter.values) as number[];
    if (rows.length <= few) return { total: rows.length, rows };
    const count = db.prepare(`SELECT count(*) FROM ${LISTED} WHERE ${filter.sql}`).pluck();
    return { total: count.get(...filter.values) as number };
  }

  return {
    async listDevices(query) {
      const { limit } = query;
      if (!Number.isInteger(limit) || limit < 1 || limit > DEVICES_PER_PAGE_MAX)
        throw new DeviceQueryError('limit', `limit is ${limit}; expected a whole number from 1 to ${DEVICES_PER_PAGE_MAX}.`);
      const filter = conditionOf(query);
      const place = placeIn(query);
      // One transaction: all of it is of one moment, whoever writes meanwhile.
      return db.transaction(() => {
        const { total, rows } = countOrRows(filter);
        if (total === 0) return { devices: [], total };
        const page = pageOf(query, rows === undefined ? filter : { sql: AMONG, values: [JSON.stringify(rows)], isByRow: true }, place);
        // One more than asked for tells whether there is a next page.
        const found = db.prepare(page.sql).all(...page.values, limit + 1) as (Place & { row: number })[];
        const last = found.length > limit ? found[limit - 1] : undefined;
        return {
          devices: found.slice(0, limit).map(({ row }) => rowOf(row)),
          total,
          ...(last === undefined ? {} : { next: cursorOf(query, last) }),
        };
      })();
    },
    async countDevices<Key extends CountKey>(by: readonly Key[], filter: DeviceFilter = {}) {
      const { sql, values } = conditionOf(filter);
      const keys = COUNT_KEYS.filter((key) => (by as readonly CountKey[]).includes(key));
      const columns = keys.map((key) => COUNTED[key]).join(', ');
      const groups = keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${columns}`;
      const rows = db
        .prepare(`SELECT ${columns === '' ? '' : `${columns}, `}count(*) FROM ${LISTED} WHERE ${sql} ${groups}`)
        .raw()
        .all(...values) as Value[][];
      return rows.map((row) => countOf(keys, row) as DeviceCount<Key>);
    },
  };
}

function pageOf({ sort, isDescending }: DeviceQuery, meant: Condition, place: Place | undefined): Condition {
  const direction = isDescending ? 'DESC' : 'ASC';
  const beyond = isDescending ? '<' : '>';
  if (sort === 'lastSeenAt') return pageBySeen(meant, place, direction, beyond);
  const key = KEYS[sort];
  const from = meant.isByRow ? BY_ROW : meant === EVERYTHING && sort === 'id' ? ANY : LISTED;
  const order = sort === 'id' ? `id ${direction}` : `${key} IS NULL, ${key} ${direction}, id ${direction}`;
  const after = place === undefined ? EVERYTHING : sort === 'id' ? afterId(place, beyond) : afterKey(key, place, beyond);
  return {
    sql: `SELECT rowid AS row, id, ${key} AS key FROM ${from} WHERE ${meant.sql} AND ${after.sql} ORDER BY ${order} LIMIT ?`,
    values: [...meant.values, ...after.values],
  };
}

/** Times stand in an index of their own: it is read from where the page begins, and each device looked up among those meant. */
function pageBySeen(meant: Condition, place: Place | undefined, direction: string, beyond: Beyond): Condition {
  const isListed = !meant.isByRow && meant !== EVERYTHING;
  const among = isListed ? `rowid IN (SELECT rowid FROM ${LISTED} WHERE ${meant.sql})` : meant.sql;
  const after: Condition =
    place === undefined
      ? EVERYTHING
      : {
          sql: `last_seen_at ${beyond}= ? AND (last_seen_at ${beyond} ? OR id ${beyond} ?)`,
          values: [place.key, place.key, place.id],
        };
  return {
    sql: `SELECT rowid AS row, id, last_seen_at AS key FROM ${meant.isByRow ? BY_ROW : BY_SEEN} WHERE ${among} AND ${after.sql}
      ORDER BY last_seen_at ${direction}, id ${direction} LIMIT ?`,
    values: [...meant.values, ...after.values],
  };
}

function afterId({ id }: Place, beyond: Beyond): Condition {
  return { sql: `id ${beyond} ?`, values: [id] };
}

/** Those that lack it come last, in both directions. */
function afterKey(key: string, place: Place, beyond: Beyond): Condition {
  if (place.key === null) return { sql: `${key} IS NULL AND id ${beyond} ?`, values: [place.id] };
  return {
    sql: `(${key} ${beyond} ? OR ${key} IS NULL OR (${key} = ? AND id ${beyond} ?))`,
    values: [place.key, place.key, place.id],
  };
}

const EVERYTHING: Condition = { sql: '1', values: [] };

function conditionOf(filter: DeviceFilter): Condition {
  const conditions: Condition[] = [];
  const add = (sql: string, ...values: Value[]) => conditions.push({ sql, values });
  const equal = (column: string, value: string | undefined) => value !== undefined && add(`${column} = ?`, value);
  const flag = (column: string, value: boolean | undefined) => value !== undefined && add(`${column} = ?`, value ? 1 : 0);
  const { reasons, q, tag, from, until } = filter;
  if (reasons !== undefined) add(`reason IN (${reasons.map(() => '?').join(', ')})`, ...reasons);
  equal('platform', filter.platform);
  if (filter.version !== undefined) add('version_key = ?', versionKeyIn('version', filter.version));
  if (filter.below !== undefined) add('version_key < ?', versionKeyIn('below', filter.below));
  if (filter.lookupKeys !== undefined) add('lookup_key IN (SELECT value FROM json_each(?))', JSON.stringify(filter.lookupKeys));
  equal('policy', filter.policy);
  equal('ring', filter.ring);
  if (from !== undefined) add('due_date >= ?', from);
  if (until !== undefined) add('due_date <= ?', until);
  flag('is_handed_out', filter.isHandedOut);
  flag('is_holding', filter.isHolding);
  flag('is_exposed', filter.isExposed);
  if (tag !== undefined) add('instr(tags, ?) > 0', tagPattern(tag));
  if (q !== undefined && q.length > SEARCH_TEXT_MAX)
    throw new DeviceQueryError('q', `q has ${q.length} characters; expected ${SEARCH_TEXT_MAX} at most.`);
  const wanted = foldText(q ?? '');
  if (wanted !== '') add('instr(search, ?) > 0', wanted);
  if (conditions.length === 0) return EVERYTHING;
  return { sql: conditions.map(({ sql }) => sql).join(' AND '), values: conditions.flatMap(({ values }) => values) };
}

function versionKeyIn(field: 'below' | 'version', version: string): number {
  const key = keyOf(version);
  if (key === undefined) throw new DeviceQueryError(field, `${field} is "${version}"; expected a version such as 26.1 or 26.3.1 (a).`);
  return key;
}

/** A row has a value for each key, and then how many. */
function countOf(keys: readonly CountKey[], row: readonly Value[]): Record<string, unknown> {
  const count: Record<string, unknown> = { devices: row[keys.length] };
  for (const [index, key] of keys.entries()) {
    const value = row[index];
    if (value !== null && value !== undefined) count[key] = asKept(key, value);
  }
  return count;
}

function asKept(key: CountKey, value: string | number): unknown {
  if (key === 'runs') return textOfKey(value as number);
  return key === 'isHandedOut' || key === 'isHolding' || key === 'isExposed' ? value === 1 : value;
}
