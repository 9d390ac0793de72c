import { number } from '../pages/words.ts';
import { dayAxes } from './axes.ts';
import { type Chart, drawBoth, MUTED } from './draw.ts';
import { remembered } from './remembered.ts';

export interface RestartsGiven {
  /** Every day shown, on the devices' own clocks; oldest first. `href`: where its devices are listed. */
  days: readonly { day: string; devices: number; href?: string }[];
}

const SIZE = { width: 560, height: 230 };
/** Bars narrower than that have no room for a number. */
const NUMBERED_PX = 15;

/** Which restarts fall on which day. */
export const restartsChart = remembered<RestartsGiven>(drawRestartsChart);

function drawRestartsChart(title: string, { days }: RestartsGiven): Chart | undefined {
  const most = days.reduce((max, { devices }) => Math.max(max, devices), 0);
  if (most === 0) return undefined;
  const total = days.reduce((sum, { devices }) => sum + devices, 0);
  const busiest = days.find(({ devices }) => devices === most);
  return {
    title,
    alt: `${title}: ${number(total)} dates from ${days[0]?.day} to ${days.at(-1)?.day}; the most on ${busiest?.day}, ${number(most)}.`,
    svg: drawBoth(
      (width) => ({
        ...dayAxes(
          days.map(({ day }) => day),
          { isBar: true },
        ),
        series: [
          {
            type: 'bar',
            silent: true,
            data: days.map(({ devices }) => devices),
            barMaxWidth: 26,
            itemStyle: { color: 'var(--way)' },
            label: {
              show: width / days.length >= NUMBERED_PX,
              position: 'top',
              color: MUTED,
              formatter: ({ value }) => (value === 0 ? '' : number(Number(value))),
            },
          },
        ],
      }),
      SIZE,
    ),
    head: ['day', 'devices'],
    rows: days.map(({ day, devices, href }) => ({
      cells: [day, number(devices)],
      ...(devices === 0 || href === undefined ? {} : { href }),
    })),
  };
}
