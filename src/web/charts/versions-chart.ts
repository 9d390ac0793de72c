import { number } from '../pages/words.ts';
import { dayAxes, type Mark, markLines } from './axes.ts';
import { type Chart, colourOf, drawBoth, SERIES_MAX } from './draw.ts';
import { remembered } from './remembered.ts';

export interface VersionsGiven {
  /** yyyy-mm-dd, oldest first: days that were counted, then days to come. */
  days: readonly string[];
  /** Devices on each counted day that ran that version, newest version first. */
  versions: readonly { name: string; devices: readonly number[] }[];
  /** Days on which a release came or is due. */
  marks: readonly Mark[];
}

const SIZE = { width: 1180, height: 340 };

/** How a platform's versions follow each other; the rarest are one series. */
export const versionsChart = remembered<VersionsGiven>(drawVersionsChart);

function drawVersionsChart(title: string, { days, versions, marks }: VersionsGiven): Chart | undefined {
  const counted = Math.max(0, ...versions.map(({ devices }) => devices.length));
  if (counted === 0) return undefined;
  const last = counted - 1;
  const series = grouped(versions, counted);
  const now = series.filter(({ devices }) => (devices[last] ?? 0) > 0);
  const total = now.reduce((sum, { devices }) => sum + (devices[last] ?? 0), 0);
  const share = ({ name, devices }: (typeof series)[number]) => `${name} on ${percent(devices[last] ?? 0, total)}`;
  const marked = marks.map(({ day, label }) => `${label} on ${day}`).join(', ');
  return {
    title,
    alt: `${title} from ${days[0]} to ${days[last]}. On the last day: ${now.map(share).join(', ') || 'no devices'}.${marked === '' ? '' : ` Marked: ${marked}.`}`,
    svg: drawBoth(
      (width) => ({
        ...dayAxes(days, { rows: marks.length > 0 ? 2 : 0 }),
        series: series.map(({ name, devices }, index) => ({
          ...{ name, type: 'line' as const, stack: 'all', data: [...devices], showSymbol: false, silent: true },
          lineStyle: { width: 1, color: colourOf(index) },
          itemStyle: { color: colourOf(index) },
          areaStyle: { color: colourOf(index), opacity: 0.75 },
          ...(index === 0 && marks.length > 0 ? { markLine: markLines(marks, days, width) } : {}),
        })),
      }),
      SIZE,
    ),
    legend: series.map(({ name }) => name),
    head: ['day', ...series.map(({ name }) => name)],
    rows: days.slice(0, counted).map((day, index) => ({ cells: [day, ...series.map(({ devices }) => number(devices[index] ?? 0))] })),
  };
}

function grouped(versions: VersionsGiven['versions'], days: number): { name: string; devices: readonly number[] }[] {
  if (versions.length <= SERIES_MAX) return [...versions];
  const size = ({ devices }: VersionsGiven['versions'][number]) => Math.max(...devices);
  const kept = new Set([...versions].sort((a, b) => size(b) - size(a)).slice(0, SERIES_MAX - 1));
  const others = versions.filter((version) => !kept.has(version));
  const rest = Array.from({ length: days }, (_, day) => others.reduce((sum, { devices }) => sum + (devices[day] ?? 0), 0));
  return [...versions.filter((version) => kept.has(version)), { name: `${others.length} others`, devices: rest }];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Math.round((100 * part) / whole)} %`;
}
