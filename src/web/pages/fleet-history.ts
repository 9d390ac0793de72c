import type { FleetHistoryAnswer, ReleasesAnswer } from '../../engine/answers.ts';
import { compareVersions, parseVersion } from '../../os/version.ts';
import { utcDateOf } from '../../time/utc-date.ts';
import type { Chart } from '../charts/draw.ts';
import { versionsChart } from '../charts/versions-chart.ts';

/** More marks than that would lie over each other. */
const MARKS_MAX = 5;

/** How the versions of a platform followed each other, with the days releases were first seen; undefined before the second day. */
export function historyOf(platform: string, history: FleetHistoryAnswer, { releases }: ReleasesAnswer): Chart | undefined {
  const { days } = history;
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
  const names = days.map(({ day }) => day);
  const key = platform === 'iPadOS' || platform === 'tvOS' ? 'iOS' : platform;
  const marks = releases
    .filter((release) => release.platform === key && !release.isImprovement && counts.has(release.version))
    .map(({ version, firstSeenAt }) => ({ day: utcDateOf(firstSeenAt) as string, label: version }))
    .filter(({ day }) => names.includes(day) && day !== names[0])
    .slice(0, MARKS_MAX);
  return versionsChart(`Versions of ${platform}`, { days: names, versions, marks });
}

function newestFirst(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
  return compareVersions(y, x);
}
