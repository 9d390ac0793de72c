import { parse } from 'yaml';

/**
 * What a value that is not accepted was probably meant to be, by its form: "8:00" is 08:00, "monday" is mon. Guesses,
 * the likeliest first: whoever asks takes the first one that its schema accepts.
 */
export function suggestions(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.length === 1 ? [value[0]] : [];
  if (typeof value === 'number') return [Math.floor(value), ...(value < 15 ? [`${value}d`, `${value}h`] : [`${value}h`, `${value}d`])];
  if (typeof value !== 'string') return [[value]];
  const text = value.replace(/[“”„‘’]/g, '').trim();
  return [
    ...rewritten(text, (form) => form),
    ...scalarIn(text),
    ...rewritten(text, (form) => (/^\d:/.test(form) ? `0${form}` : form)),
    ...rewritten(text, (form) => form.replace(/(?<=T.*)(Z|[+-]\d\d:?\d\d)$/, '')),
    ...rewritten(text, (form) => form.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T')),
    ...rewritten(text, lastDayOfMonth),
    ...rewritten(text, (form) => (/^(mon|tues|wednes|thurs|fri|satur|sun)day$/i.test(form) ? form.slice(0, 3).toLowerCase() : form)),
    ...rewritten(text, zoneOf),
    ...rewritten(text, (form) => form.replace(/^http:/, 'https:')),
    ...(/^[a-z0-9-]+(\.[a-z0-9-]+)+(\/|$)/i.test(text) ? [`https://${text}`] : []),
    // A serial number in groups.
    ...rewritten(text, (form) => (/[a-z]/.test(form) ? form : form.replace(/ /g, ''))),
    // "iOS 26.6.1", "v26".
    ...rewritten(text, (form) => form.replace(/^[A-Za-z]+ ?(?=\d)/, '')),
    ...rewritten(text, (form) => form.replace(/[/\\:]/g, '-')),
    text.split(/\s*,\s*/),
  ];

  /** Only what became another text: what stands there was refused. */
  function rewritten(form: string, rewrite: (form: string) => string): string[] {
    const other = rewrite(form);
    return other === value ? [] : [other];
  }
}

/** True for a day that its month doesn't have: "2027-02-30", with or without a time. */
export function isImpossibleDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})(?=T|$)/.exec(text) ?? [];
  if (year === undefined) return false;
  return Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month));
}

function lastDayOfMonth(text: string): string {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])-\d{2}(?=T|$)/.exec(text) ?? [];
  return year === undefined || !isImpossibleDay(text) ? text : `${year}-${month}-${daysIn(Number(year), Number(month))}${text.slice(10)}`;
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** "berlin" and "New York" as the zones of these names. */
function zoneOf(text: string): string {
  const city = `/${text.replace(/ /g, '_').toLowerCase()}`;
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(city)) ?? text;
}

/** What stands in quotes; what YAML 1.1 took for a truth value; "10 %" and "14d" where a number is wanted. */
function scalarIn(text: string): unknown[] {
  const counted = /^(\d+) ?(%|d|days?)$/.exec(text)?.[1];
  if (counted !== undefined) return [Number(counted)];
  try {
    const inner: unknown = parse(text, { version: '1.1' });
    return typeof inner === 'number' || typeof inner === 'boolean' ? [inner] : [];
  } catch {
    return [];
  }
}
