import { type CsvError, type Info, parse } from 'csv-parse/sync';

/** `at`: "line 7", or "entry 7" of a JSON array. */
export type Malformed = { at: string; reason: string };

/** What a list is made of. */
export interface ListShape<Column extends string> {
  /** Names of columns and keys, reduced to lower-case letters and digits, and what they are. */
  columns: ReadonlyMap<string, Column>;
  /** Of each, one has to be in the header of a CSV. `called`: how people write them. */
  needs: readonly { anyOf: readonly Column[]; called: string }[];
  /** What a list of one column without header, or of bare texts, is a list of. */
  alone?: Column;
}

export interface ListRow<Column extends string> {
  at: string;
  cells: { [Name in Column]?: unknown };
  /** Neither a header nor a key says what it is: it stands alone. */
  isBare?: true;
}

/**
 * Reads CSV with a header, one column alone, a JSON array or JSON lines. What can't be read is named in `malformed`. Throws
 * an Error with a sentence where it is no list at all.
 */
export function readList<Column extends string>(text: string, shape: ListShape<Column>, malformed: Malformed[]): ListRow<Column>[] {
  const start = text.trimStart()[0];
  return start === '[' || start === '{' ? rowsOfJson(text, shape, malformed) : rowsOfCsv(text, shape, malformed);
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

function rowsOfCsv<Column extends string>(
  text: string,
  { columns: known, needs, alone }: ListShape<Column>,
  malformed: Malformed[],
): ListRow<Column>[] {
  const { records, malformed: broken } = recordsOf(text);
  malformed.push(...broken);
  const [header] = records;
  if (header === undefined) return [];
  const columns = header.cells.map((cell) => known.get(lettersOf(cell)));
  if (alone !== undefined && !columns.some((column) => column !== undefined) && records.every(({ cells }) => cells.length === 1))
    return records.map(({ cells, line }) => ({
      at: `line ${line}`,
      cells: { [alone]: cells[0] } as ListRow<Column>['cells'],
      isBare: true,
    }));
  for (const need of needs)
    if (!need.anyOf.some((column) => columns.includes(column)))
      throw new Error(`expected a header with a column ${need.called}, found: ${cut(header.cells.join(', '))}`);
  return records.slice(1).map(({ cells, line }) => {
    const row: ListRow<Column> = { at: `line ${line}`, cells: {} };
    for (const [index, column] of columns.entries())
      if (column !== undefined && row.cells[column] === undefined) row.cells[column] = cells[index];
    return row;
  });
}

function rowsOfJson<Column extends string>(text: string, shape: ListShape<Column>, malformed: Malformed[]): ListRow<Column>[] {
  const whole = parseJson(text);
  if (whole.ok) return entriesOf(whole.value).map((entry, index) => rowOf(entry, `entry ${index + 1}`, shape));
  if (text.trimStart().startsWith('[')) throw new Error(`it begins like a JSON array and is none: ${whole.message}`);
  const rows: ListRow<Column>[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const at = `line ${index + 1}`;
    const read = parseJson(line);
    if (read.ok) rows.push(rowOf(read.value, at, shape));
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

/** An entry is an object, or what stands alone; NanoMDM keeps the serial number in an object of its own. */
function rowOf<Column extends string>(entry: unknown, at: string, { columns, alone }: ListShape<Column>): ListRow<Column> {
  const row: ListRow<Column> = { at, cells: {} };
  if (typeof entry !== 'object' || entry === null) {
    if (alone !== undefined) row.cells[alone] = entry;
    return { ...row, isBare: true };
  }
  const { device } = entry as { device?: unknown };
  for (const source of [device, entry]) {
    if (typeof source !== 'object' || source === null) continue;
    for (const [key, value] of Object.entries(source)) {
      const column = columns.get(lettersOf(key));
      if (column !== undefined) row.cells[column] = value;
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

/** A cell as text; "" for what is neither text nor a number. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** For a message. */
export function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
