import { type CsvError, type Info, parse } from 'csv-parse/sync';
import { NamedEnrollment } from '../enrollment/named.ts';

/** What a list of devices says: CSV with a header, ids alone, a JSON array, or JSON lines. */
export interface DeviceList {
  enrollments: NamedEnrollment[];
  /** Users on devices: their device is what is updated. */
  userChannels: number;
  /** Ids that stood in it before; the first one counts. */
  duplicates: number;
  malformed: Malformed[];
}

/** `at`: "line 7", or "entry 7" of a JSON array. */
export type Malformed = { at: string; reason: string };

interface Row {
  at: string;
  id: unknown;
  serial: unknown;
  type: unknown;
}

type Column = 'id' | 'serial' | 'type';

/** Names of columns and keys, reduced to letters and digits: what NanoMDM, MicroMDM and spreadsheets call them. */
const COLUMNS: ReadonlyMap<string, Column> = new Map([
  ['id', 'id'],
  ['udid', 'id'],
  ['enrollmentid', 'id'],
  ['deviceid', 'id'],
  ['serial', 'serial'],
  ['serialnumber', 'serial'],
  ['deviceserialnumber', 'serial'],
  ['type', 'type'],
  ['enrollmenttype', 'type'],
]);
const USER_CHANNELS: ReadonlySet<string> = new Set(['user', 'shared ipad', 'user enrollment']);
const TYPES = ['Device', 'User Enrollment (Device)'] as const;

/** Reads the text of a list; what can't be used is named and left out. Throws an Error with a sentence where it is no list at all. */
export function readDeviceList(text: string): DeviceList {
  const list: DeviceList = { enrollments: [], userChannels: 0, duplicates: 0, malformed: [] };
  const seen = new Set<string>();
  const start = text.trimStart()[0];
  const rows = start === '[' || start === '{' ? rowsOfJson(text, list.malformed) : rowsOfCsv(text, list.malformed);
  for (const row of rows) {
    const id = textOf(row.id);
    const type = textOf(row.type);
    if (id.includes(':') || USER_CHANNELS.has(type.toLowerCase())) list.userChannels += 1;
    else if (seen.has(id)) list.duplicates += 1;
    else {
      const read = enrollmentOf(id, textOf(row.serial), type);
      if (typeof read === 'string') list.malformed.push({ at: row.at, reason: read });
      else {
        seen.add(id);
        list.enrollments.push(read);
      }
    }
  }
  return list;
}

/** The enrollment, or what is wrong. */
function enrollmentOf(id: string, serial: string, typed: string): NamedEnrollment | string {
  if (id === '') return 'there is no id';
  const type = typed === '' ? undefined : TYPES.find((known) => known.toLowerCase() === typed.toLowerCase());
  if (typed !== '' && type === undefined) return `type "${cut(typed)}" is not known; expected ${TYPES.join(' or ')}, or none`;
  const read = NamedEnrollment.safeParse({ id, ...(serial === '' ? {} : { serial }), ...(type === undefined ? {} : { type }) });
  if (read.success) return read.data;
  return read.error.issues[0]?.path[0] === 'serial'
    ? `"${cut(serial)}" is no serial number; expected letters, digits and hyphens`
    : `"${cut(id)}" is no id; expected the UDID, without blanks, commas and slashes`;
}

interface Records {
  records: { cells: string[]; line: number }[];
  malformed: Malformed[];
}

/** Whole, because a cell in quotes may have several lines; where a quote is out of place, line by line, so that it spoils one only. */
function recordsOf(text: string): Records {
  const whole = parseCsv(text, 0);
  if (whole.malformed.length === 0) return whole;
  const each = text.split(/\r?\n/).map((line, index) => parseCsv(line, index));
  return { records: each.flatMap(({ records }) => records), malformed: each.flatMap(({ malformed }) => malformed) };
}

/** `linesBefore` is how many lines of the file lie before the text. */
function parseCsv(text: string, linesBefore: number): Records {
  const read: Records = { records: [], malformed: [] };
  try {
    const records = parse(text, {
      bom: true,
      delimiter: [',', ';', '\t'],
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: string[]; info: Info }[];
    read.records = records.map(({ record, info }) => ({ cells: record, line: linesBefore + info.lines }));
  } catch (error) {
    const { lines = 1, message } = error as CsvError & { lines?: number };
    read.malformed = [{ at: `line ${linesBefore + lines}`, reason: message }];
  }
  return read;
}

function rowsOfCsv(text: string, malformed: Malformed[]): Row[] {
  const { records, malformed: broken } = recordsOf(text);
  malformed.push(...broken);
  const [header] = records;
  if (header === undefined) return [];
  const columns = header.cells.map((cell) => COLUMNS.get(lettersOf(cell)));
  if (!columns.some((column) => column !== undefined)) {
    if (records.some(({ cells }) => cells.length > 1))
      throw new Error(`expected a header with a column "id" or "udid", found: ${cut(header.cells.join(', '))}`);
    return records.map(({ cells, line }) => ({ at: `line ${line}`, id: cells[0], serial: '', type: '' }));
  }
  if (!columns.includes('id')) throw new Error(`expected a column "id" or "udid" in the header, found: ${cut(header.cells.join(', '))}`);
  return records.slice(1).map(({ cells, line }) => {
    const cell = (column: Column): string | undefined => cells[columns.indexOf(column)];
    return { at: `line ${line}`, id: cell('id'), serial: cell('serial'), type: cell('type') };
  });
}

function rowsOfJson(text: string, malformed: Malformed[]): Row[] {
  const whole = parseJson(text);
  if (whole.ok) return entriesOf(whole.value).map((entry, index) => rowOf(entry, `entry ${index + 1}`));
  if (text.trimStart().startsWith('[')) throw new Error(`it begins like a JSON array and is none: ${whole.message}`);
  const rows: Row[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const at = `line ${index + 1}`;
    const read = parseJson(line);
    if (read.ok) rows.push(rowOf(read.value, at));
    else malformed.push({ at, reason: 'not a JSON object' });
  }
  return rows;
}

/** A list, the answers of the servers' own APIs that hold one, or one device. */
function entriesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const { enrollments, devices } = value as Record<string, unknown>;
  return [enrollments, devices].find(Array.isArray) ?? [value];
}

/** An entry is an id, or an object; NanoMDM keeps the serial number in an object of its own. */
function rowOf(entry: unknown, at: string): Row {
  const row: Row = { at, id: '', serial: '', type: '' };
  if (typeof entry !== 'object' || entry === null) return { ...row, id: entry };
  const { device } = entry as { device?: unknown };
  for (const source of [device, entry]) {
    if (typeof source !== 'object' || source === null) continue;
    for (const [key, value] of Object.entries(source)) {
      const column = COLUMNS.get(lettersOf(key));
      if (column !== undefined) row[column] = value;
    }
  }
  return row;
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, message: cut(error instanceof Error ? error.message : String(error)) };
  }
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
