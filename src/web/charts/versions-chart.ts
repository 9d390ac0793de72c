import { type Chart, colourOf, drawSvg, GRID, MUTED, SERIES_MAX, TEXT } from './draw.ts';

export interface VersionsGiven {
  /** yyyy-mm-dd, oldest first. */
  days: readonly string[];
  /** Devices on each day that ran that version, newest version first. */
  versions: readonly { name: string; devices: readonly number[] }[];
  /** Days on which something happened: a release came, a date fell. */
  marks: readonly { day: string; label: string }[];
}

const SIZE = { width: 960, height: 340 };

/** How a platform's versions follow each other; the rarest are one series. */
export function versionsChart(title: string, { days, versions, marks }: VersionsGiven): Chart | undefined {
  const last = days.length - 1;
  if (last < 0 || versions.length === 0) return undefined;
  const series = grouped(versions, days.length);
  const now = series.filter(({ devices }) => (devices[last] ?? 0) > 0);
  const total = now.reduce((sum, { devices }) => sum + (devices[last] ?? 0), 0);
  const share = ({ name, devices }: (typeof series)[number]) => `${name} on ${percent(devices[last] ?? 0, total)}`;
  return {
    title,
    alt: `${title} from ${days[0]} to ${days[last]}. On the last day: ${now.map(share).join(', ') || 'no devices'}.`,
    svg: drawSvg(
      {
        legend: { ...{ top: 0, left: 40, selectedMode: false, icon: 'rect', itemWidth: 14, itemHeight: 12 }, textStyle: { color: TEXT } },
        grid: { left: 52, right: 16, top: 62, bottom: 28 },
        xAxis: {
          type: 'category',
          data: [...days],
          boundaryGap: false,
          axisLabel: { color: MUTED },
          axisLine: { lineStyle: { color: GRID } },
        },
        yAxis: { type: 'value', minInterval: 1, axisLabel: { color: MUTED }, splitLine: { lineStyle: { color: GRID } } },
        series: series.map(({ name, devices }, index) => ({
          ...{ name, type: 'line' as const, stack: 'all', data: [...devices], showSymbol: false, silent: true },
          lineStyle: { width: 1, color: colourOf(index) },
          itemStyle: { color: colourOf(index) },
          areaStyle: { color: colourOf(index), opacity: 0.75 },
          ...(index === 0 && marks.length > 0 ? { markLine: markLine(marks) } : {}),
        })),
      },
      SIZE,
    ),
    head: ['day', ...series.map(({ name }) => name)],
    rows: days.map((day, index) => [day, ...series.map(({ devices }) => String(devices[index] ?? 0))]),
  };
}

function markLine(marks: VersionsGiven['marks']) {
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: MUTED, type: 'dashed' as const, width: 1 },
    data: marks.map(({ day, label }) => ({ xAxis: day, label: { formatter: label, color: MUTED, position: 'end' as const } })),
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
