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

/**
 * How ids look: a UUID (a Mac's UDID, the EnrollmentID of a User Enrollment), 8 and 16 digits (devices since 2018), 40 digits
 * (those before). Of a user channel what stands before its colon.
 */
const UDID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}-[0-9a-f]{16}|[0-9a-f]{40})(?::\S+)?$/i;
/** Characters of a line that may be a secret which a message shows. */
const HINT_MAX = 8;

/** Reads the text of a list; what can't be used is named and left out. Throws an Error with a sentence where it is no list at all. */
export function readDeviceList(text: string): DeviceList {
  if (text.includes('-----BEGIN')) throw new Error('expected a list of devices, found a key or a certificate (-----BEGIN)');
  const list: DeviceList = { enrollments: [], userChannels: 0, duplicates: 0, malformed: [] };
  const seen = new Set<string>();
  for (const { at, cells, isBare = false } of readList(text, SHAPE, list.malformed)) {
    const id = textOf(cells.id);
    const type = textOf(cells.type);
    const noId = id === '' ? undefined : whyNoId(id, cells.id, isBare);
    if (noId !== undefined) list.malformed.push({ at, reason: noId });
    else if (id.includes(':') || USER_CHANNELS.has(type.toLowerCase())) list.userChannels += 1;
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

/** Where nothing says that it is an id, it has to look like one: each is asked, and pushed to. */
function whyNoId(id: string, cell: unknown, isBare: boolean): string | undefined {
  if (typeof cell !== 'string') return `${cut(id)} is no id; expected a text in quotes`;
  if (!isBare || UDID.test(id)) return undefined;
  const hint = id.length > HINT_MAX ? `${id.slice(0, HINT_MAX)}…` : id;
  return `"${hint}" does not look like a UDID; expected one such as 00008112-000A51E23C01401E, or a header that says id`;
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
