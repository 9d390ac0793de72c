import { DEVICE_SORTS, type DeviceQuery, DeviceQueryError, type DeviceSort } from './list-store.ts';

/** The last device of a page: by its id and by what the list is sorted by, null where it lacks that. */
export interface Place {
  key: string | number | null;
  id: string;
}

const CURSOR_MAX = 4_000;
const NUMBERS: ReadonlySet<DeviceSort> = new Set(['version', 'lastSeenAt']);

/** Opaque to whoever pages: base64url of a little JSON. */
export function cursorOf({ sort, isDescending }: Pick<DeviceQuery, 'sort' | 'isDescending'>, { key, id }: Place): string {
  return Buffer.from(JSON.stringify([sort, isDescending, key, id])).toString('base64url');
}

/** Where the page of this query begins; undefined on the first one. Throws DeviceQueryError. */
export function placeIn({ cursor, sort, isDescending }: DeviceQuery): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = read(cursor);
  if (place === undefined) throw new DeviceQueryError('cursor', `cursor is not one of ours; ${START_AGAIN}`);
  if (place.sort !== sort || place.isDescending !== isDescending)
    throw new DeviceQueryError('cursor', `cursor belongs to a list sorted otherwise (by ${nameOf(place)}); ${START_AGAIN}`);
  return place;
}

const START_AGAIN = 'give "next" of the page before, unchanged and with the same sort and order, or leave it out for the first page.';

function nameOf({ sort, isDescending }: Pick<DeviceQuery, 'sort' | 'isDescending'>): string {
  return `${sort}, ${isDescending ? 'descending' : 'ascending'}`;
}

function read(cursor: string): (Place & Pick<DeviceQuery, 'sort' | 'isDescending'>) | undefined {
  if (cursor.length > CURSOR_MAX || !/^[\w-]+$/.test(cursor)) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 4) return undefined;
  const [named, isDescending, key, id] = parts as unknown[];
  const sort = DEVICE_SORTS.find((one) => one === named);
  if (sort === undefined || typeof isDescending !== 'boolean' || typeof id !== 'string') return undefined;
  if (key !== null && typeof key !== (NUMBERS.has(sort) ? 'number' : 'string')) return undefined;
  return { sort, isDescending, key: key as Place['key'], id };
}
