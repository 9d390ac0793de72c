import type { FleetHistoryAnswer, ReleaseDay } from '../../engine/answers.ts';
import { compareVersions, parseVersion } from '../../os/version.ts';
import { DAY_MS } from '../../time/local.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import type { Mark } from '../charts/axes.ts';
import type { Chart } from '../charts/draw.ts';
import { exposureChart } from '../charts/exposure-chart.ts';
import { versionsChart } from '../charts/versions-chart.ts';

/** More marks of a kind than that would lie over each other. */
const MARKS_MAX = 6;

/**
 * How the versions of a platform followed each other, with the days on which releases came and are due; a due day to come has
 * room after today. Undefined before the second day.
 */
export function historyOf(platform: string, history: FleetHistoryAnswer): Chart | undefined {
  const { days, releaseDays } = history;
  if (days.length < 2) return undefined;
  const counts = new Map<string, number[]>();
  for (const [index, day] of days.entries())
    for (const { platform: of, version = 'not known', devices } of day.versions) {
      if (of !== platform) continue;
      const row = counts.get(version) ?? Array.from({ length: days.length }, () => 0);
      row[index] = (row[index] ?? 0) + devices;
      counts.set(version, row);
    }
  const versions = [...counts].map(([name, devices]) => ({ name, devices })).sort((a, b) => newestFirst(a.name, b.name));
  const counted = days.map(({ day }) => day);
  const newest = versions[0]?.name ?? '';
  // What nobody runs yet counts when it is newer than all; of tvOS nobody can tell, its releases stand under iOS.
  const isToCome = (version: string) => platform !== 'tvOS' && newestFirst(version, newest) < 0;
  const meant = releaseDays.filter((one) => one.platform === keyOf(platform) && (counts.has(one.version) || isToCome(one.version)));
  const lastDue = meant.filter(({ kind }) => kind === 'due').at(-1)?.day;
  const names = [...counted, ...daysAfter(days.at(-1)?.at ?? 0, lastDue)];
  return versionsChart(`Versions of ${platform}`, { days: names, versions, marks: marksOf(meant, names) });
}

/** How many devices missed the fix of something exploited; undefined before the second day it can be told of. */
export function exposureHistoryOf({ days, exposure, releaseDays }: FleetHistoryAnswer): Chart | undefined {
  if (exposure === undefined) return undefined;
  const fixes = releaseDays.filter(({ exploited }) => exploited !== undefined);
  const names = days.map(({ day }) => day);
  return exposureChart('Exposed, day by day', {
    days: days.map(({ day, exposed }) => ({ day, ...(exposed === undefined ? {} : { devices: exposed }) })),
    ...{ deviceDays: exposure.deviceDays, toldDays: exposure.days },
    marks: marksOf(fixes, names).map((mark) => ({ ...mark, label: mark.label.replace(/ released$/, '') })),
  });
}

/** What falls on one day has one mark; of each kind the latest few. On the first day everything came that was there already. */
function marksOf(meant: readonly ReleaseDay[], days: readonly string[]): Mark[] {
  const byDay = new Map<string, ReleaseDay[]>();
  for (const one of meant) {
    if (!days.includes(one.day) || one.day === days[0]) continue;
    const key = `${one.day} ${one.kind}`;
    byDay.set(key, [...(byDay.get(key) ?? []), one]);
  }
  const marks = [...byDay.values()].map((some): Mark => {
    const { day, kind } = some[0] as ReleaseDay;
    const versions = [...new Set(some.map(({ version }) => version))].sort(newestFirst);
    return { day, kind, label: `${versions.slice(0, 2).join(', ')}${versions.length > 2 ? ' …' : ''} ${kind}` };
  });
  return (['released', 'due'] as const)
    .flatMap((kind) => marks.filter((mark) => mark.kind === kind).slice(-MARKS_MAX))
    .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

/** The days after that instant's up to `last`. */
function daysAfter(at: number, last: string | undefined): string[] {
  const days: string[] = [];
  if (last === undefined) return days;
  for (let next = at + DAY_MS; utcDateOf(next) <= last; next += DAY_MS) days.push(utcDateOf(next));
  return days;
}

/** As Apple's list of releases calls it. */
function keyOf(platform: string): string {
  return platform === 'iPadOS' || platform === 'tvOS' ? 'iOS' : platform;
}

function newestFirst(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
  return compareVersions(y, x);
}
