import { z } from 'zod';
import { daysAfter, isLocalDateTime, type LocalDateTime } from '../time/local.ts';
import type { Blackout } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** The keys that keep dates off some days: `blackouts`, at the top and in a policy. */

const DAYS_MAX = 366;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** "2026-12-24" or "2026-12-24T08:00", as the first moment of it; undefined when it is none. */
function momentOf(text: string): LocalDateTime | undefined {
  const local = DATE.test(text) ? `${text}T00:00:00` : DATE_TIME.test(text) ? `${text}:00` : '';
  return isLocalDateTime(local) ? local : undefined;
}

const Moment = z.string().refine((text) => momentOf(text) !== undefined);

const Entry = z.union([
  Moment,
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(100)
      .meta({ description: 'What it is, for people.', expected: 'a short text', examples: ['exams'] })
      .optional(),
    from: Moment.meta({
      description: 'The first day, or a device-local date and time.',
      expected: 'a date such as 2026-12-19, or 2026-12-19T08:00',
      examples: ['2026-12-19'],
    }),
    to: Moment.meta({
      description: 'The last day, which belongs to it; or the date and time at which it ends.',
      expected: 'a date such as 2027-01-06, or 2027-01-06T17:00',
      examples: ['2027-01-06'],
    }),
  }),
]);
export type BlackoutEntry = z.infer<typeof Entry>;

export const BlackoutsKey = z
  .array(Entry)
  .min(1)
  .max(100)
  .meta({
    description: 'Times in which no date falls and no install command is sent, on the clock of each device.',
    expected: 'a list of dates such as "2026-12-24", and of {from, to}',
    examples: [['2026-11-27', { name: 'Christmas', from: '2026-12-19', to: '2027-01-06' }]],
  });

/** What an entry means: a day named last belongs to it. */
export function toBlackout(entry: BlackoutEntry): Blackout {
  const { name, from, to } = typeof entry === 'string' ? { name: undefined, from: entry, to: entry } : entry;
  const [begins, ends] = [momentOf(from), momentOf(to)];
  if (begins === undefined || ends === undefined) throw new TypeError(`not a blackout: ${from} to ${to}`);
  return { ...(name === undefined ? {} : { name }), from: begins, until: DATE.test(to) ? daysAfter(ends, 1, '00:00') : ends };
}

/** Of the lists as they were read: what ends before it begins, and what is longer than a year. */
export function blackoutProblems(list: unknown, path: (string | number)[]): PolicyFinding[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry, index): PolicyFinding[] => {
    const read = Entry.safeParse(entry);
    if (!read.success) return [];
    const { from, until } = toBlackout(read.data);
    const at = { path: [...path, index], at: 'value' as const };
    if (until <= from) return [{ ...at, message: 'it ends before it begins', expected: 'a to after from', fix: 'exchange from and to' }];
    if (until > daysAfter(from, DAYS_MAX, from.slice(11, 16)))
      return [
        {
          ...at,
          message: 'it is longer than a year',
          expected: 'a blackout of a year at most',
          fix: 'mode: observe keeps devices as they are',
        },
      ];
    return [];
  });
}
