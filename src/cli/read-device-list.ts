import { NamedEnrollment } from '../enrollment/named.ts';
import { cut, type ListShape, type Malformed, readList, textOf } from './read-list.ts';

/** What a list of devices says: CSV with a header, ids alone, a JSON array, or JSON lines. */
export interface DeviceList {
  enrollments: NamedEnrollment[];
  /** Users on devices: their device is what is updated. */
  userChannels: number;
  /** Ids that stood in it before; the first one counts. */
  duplicates: number;
  malformed: Malformed[];
}

type Column = 'id' | 'serial' | 'type';

/** Names of columns and keys, reduced to letters and digits: what NanoMDM, MicroMDM and spreadsheets call them. */
const SHAPE: ListShape<Column> = {
  columns: new Map<string, Column>([
    ['id', 'id'],
    ['udid', 'id'],
    ['enrollmentid', 'id'],
    ['deviceid', 'id'],
    ['serial', 'serial'],
    ['serialnumber', 'serial'],
    ['deviceserialnumber', 'serial'],
    ['type', 'type'],
    ['enrollmenttype', 'type'],
  ]),
  needs: [{ anyOf: ['id'], called: '"id" or "udid"' }],
  alone: 'id',
};
const USER_CHANNELS: ReadonlySet<string> = new Set(['user', 'shared ipad', 'user enrollment']);
const TYPES = ['Device', 'User Enrollment (Device)'] as const;

/** Reads the text of a list; what can't be used is named and left out. Throws an Error with a sentence where it is no list at all. */
export function readDeviceList(text: string): DeviceList {
  const list: DeviceList = { enrollments: [], userChannels: 0, duplicates: 0, malformed: [] };
  const seen = new Set<string>();
  for (const { at, cells } of readList(text, SHAPE, list.malformed)) {
    const id = textOf(cells.id);
    const type = textOf(cells.type);
    if (id.includes(':') || USER_CHANNELS.has(type.toLowerCase())) list.userChannels += 1;
    else if (seen.has(id)) list.duplicates += 1;
    else {
      const read = enrollmentOf(id, textOf(cells.serial), type);
      if (typeof read === 'string') list.malformed.push({ at, reason: read });
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
