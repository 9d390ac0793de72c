import { type Chart, drawSvg, GRID, MUTED } from './draw.ts';

export interface RestartsGiven {
  /** Every day shown, on the devices' own clocks; oldest first. */
  days: readonly { day: string; devices: number }[];
}

const SIZE = { width: 560, height: 230 };

/** Which restarts fall on which day. */
export function restartsChart(title: string, { days }: RestartsGiven): Chart | undefined {
  const most = days.reduce((max, { devices }) => Math.max(max, devices), 0);
  if (most === 0) return undefined;
  const total = days.reduce((sum, { devices }) => sum + devices, 0);
  const busiest = days.find(({ devices }) => devices === most);
  return {
    title,
    alt: `${title}: ${total} dates from ${days[0]?.day} to ${days.at(-1)?.day}; the most on ${busiest?.day}, ${most}.`,
    svg: drawSvg(
      {
        grid: { left: 52, right: 8, top: 22, bottom: 28 },
        xAxis: {
          type: 'category',
          data: days.map(({ day }) => day.slice(5)),
          axisTick: { show: false },
          axisLabel: { color: MUTED },
          axisLine: { lineStyle: { color: GRID } },
        },
        yAxis: { type: 'value', minInterval: 1, axisLabel: { color: MUTED }, splitLine: { lineStyle: { color: GRID } } },
        series: [
          {
            type: 'bar',
            silent: true,
            data: days.map(({ devices }) => devices),
            barMaxWidth: 26,
            itemStyle: { color: 'var(--way)' },
            label: { show: true, position: 'top', color: MUTED, formatter: ({ value }) => (value === 0 ? '' : String(value)) },
          },
        ],
      },
      SIZE,
    ),
    head: ['day', 'devices'],
    rows: days.map(({ day, devices }) => [day, String(devices)]),
  };
}
