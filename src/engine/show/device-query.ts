import { PLATFORMS } from '../../os/platform.ts';
import { parseVersion } from '../../os/version.ts';
import { isReason, REASON_GROUPS, reasonsIn } from '../../reasons/groups.ts';
import type { ReasonGroup } from '../../reasons/reason.types.ts';
import type { ReasonName } from '../../reasons/reasons.ts';
import { DEVICE_SORTS, DEVICES_PER_PAGE_MAX, type DeviceQuery, SEARCH_TEXT_MAX } from '../../store/store.ts';
import { isUtcDate } from '../../time/utc-date.ts';

/** A query for devices as people and programs write it: names and texts, some of them several times. */
export type GivenQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

const DEFAULT_LIMIT = 100;
/** Names of policies, rings and tags are shorter. */
const NAME_MAX = 200;

/** What is wrong with one value: what was expected instead. */
type Expected = { expected: string };

interface Field<T> {
  expected: string;
  /** Undefined when the text is none of what is expected. */
  read(text: string): T | undefined;
  /** May be given several times. */
  isList?: true;
}

const flag: Field<boolean> = { expected: 'true or false', read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined) };
const date: Field<string> = { expected: 'a date such as 2026-12-01', read: (text) => (isUtcDate(text) ? text : undefined) };
const name: Field<string> = { expected: `1 to ${NAME_MAX} characters`, read: upTo(NAME_MAX) };

const FIELDS = {
  q: { expected: `1 to ${SEARCH_TEXT_MAX} characters`, read: upTo(SEARCH_TEXT_MAX) },
  reason: several({ expected: 'a reason of docs/reasons.md', read: (text: string) => (isReason(text) ? text : undefined) }),
  group: several(oneOf(REASON_GROUPS)),
  platform: oneOf(PLATFORMS),
  version: { expected: 'a version such as 26.1 or 26.3.1 (a)', read: (text: string) => (parseVersion(text) ? text : undefined) },
  policy: name,
  ring: name,
  tag: name,
  from: date,
  until: date,
  handedOut: flag,
  holding: flag,
  exposed: flag,
  couldTake: { expected: 'a release as it is listed, such as iOS 26.6.1', read: upTo(NAME_MAX) },
  sort: oneOf(DEVICE_SORTS),
  order: oneOf(['asc', 'desc'] as const),
  cursor: { expected: '"next" of the page before', read: (text: string) => text || undefined },
  limit: {
    expected: `a whole number from 1 to ${DEVICES_PER_PAGE_MAX}`,
    read: (text: string) =>
      /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= DEVICES_PER_PAGE_MAX ? Number(text) : undefined,
  },
} as const satisfies Record<string, Field<unknown>>;

/** What may be asked for, for the document of the API: which may be given several times, and what is expected. */
export const DEVICE_QUERY_FIELDS: readonly { name: string; expected: string; isList: boolean }[] = Object.entries<Field<unknown>>(
  FIELDS,
).map(([name, { expected, isList = false }]) => ({ name, expected, isList }));

type FieldName = keyof typeof FIELDS;
type Read<Name extends FieldName> = NonNullable<ReturnType<(typeof FIELDS)[Name]['read']>>;
type Values = { [Name in FieldName]?: (typeof FIELDS)[Name] extends { isList: true } ? Read<Name>[] : Read<Name> };

/** A query that may mean the devices a release is for: what that means, the list of releases says. */
export interface AskedDevices extends DeviceQuery {
  /** Key of a release. */
  couldTake?: string;
}

/** Reads it, or says in a sentence what is wrong with it. An empty text is as good as none. */
export function readDeviceQuery(given: GivenQuery): { query: AskedDevices } | { problem: string } {
  const values: Partial<Record<FieldName, unknown>> = {};
  for (const [field, told] of Object.entries(given)) {
    const texts = (typeof told === 'string' ? [told] : (told ?? [])).filter((text) => text.trim() !== '');
    if (!isField(field)) return { problem: `There is no ${quoted(field)}; expected one of ${Object.keys(FIELDS).join(', ')}.` };
    const value = readAll(FIELDS[field], texts);
    if (isExpected(value)) return { problem: `${field} is ${texts.map(quoted).join(', ')}; expected ${value.expected}.` };
    if (value !== undefined) values[field] = value;
  }
  const { reason, group, handedOut, holding, exposed, sort, order, limit, from, until, ...rest } = values as Values;
  if (from !== undefined && until !== undefined && from > until)
    return { problem: `from is "${from}" and until is "${until}"; expected from to be the earlier day.` };
  const asGiven = {
    ...rest,
    from,
    until,
    isHandedOut: handedOut,
    isHolding: holding,
    isExposed: exposed,
  };
  const filled = Object.fromEntries(Object.entries(asGiven).filter(([, value]) => value !== undefined));
  const reasons = reasonsMeant(reason, group);
  return {
    query: {
      ...filled,
      ...(reasons === undefined ? {} : { reasons }),
      sort: sort ?? 'id',
      isDescending: order === 'desc',
      limit: limit ?? DEFAULT_LIMIT,
    },
  };
}

/** Both given: the reasons that are in one of the groups. */
function reasonsMeant(reasons: readonly ReasonName[] | undefined, groups: readonly ReasonGroup[] | undefined): ReasonName[] | undefined {
  if (groups === undefined) return reasons && [...reasons];
  const inGroups = reasonsIn(groups);
  return reasons === undefined ? inGroups : inGroups.filter((one) => reasons.includes(one));
}

function readAll(field: Field<unknown>, texts: readonly string[]): unknown | Expected {
  if (texts.length === 0) return undefined;
  if (!field.isList && texts.length > 1) return { expected: `it once, ${field.expected}` };
  const values = texts.map((text) => field.read(text));
  if (values.includes(undefined)) return { expected: field.expected };
  return field.isList ? values : values[0];
}

function isField(text: string): text is FieldName {
  return Object.hasOwn(FIELDS, text);
}

function isExpected(value: unknown): value is Expected {
  return typeof value === 'object' && value !== null && 'expected' in value;
}

function oneOf<T extends string>(names: readonly T[]): Field<T> {
  return { expected: `one of ${names.join(', ')}`, read: (text) => names.find((one) => one === text) };
}

function several<T>(field: Field<T>): Field<T> & { isList: true } {
  return { ...field, isList: true };
}

function upTo(max: number): (text: string) => string | undefined {
  return (text) => (text.length <= max ? text : undefined);
}

/** Of what may be anything, the beginning. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
