import { number } from '../pages/words.ts';
import { dayAxes, type Mark, markLines } from './axes.ts';
import { type Chart, drawBoth } from './draw.ts';
import { remembered } from './remembered.ts';

export interface ExposureGiven {
  /** Days that were counted, oldest first. `devices` is absent where it could not be told. */
  days: readonly { day: string; devices?: number }[];
  /** Of those days: device-days, and on how many days it could be told. */
  deviceDays: number;
  toldDays: number;
  /** Days on which a release came that fixes something exploited. */
  marks: readonly Mark[];
}

const SIZE = { width: 560, height: 230 };

/** How many devices missed the fix of something exploited, day by day; undefined before the second day it can be told of. */
export const exposureChart = remembered<ExposureGiven>(drawExposureChart);

function drawExposureChart(title: string, { days, deviceDays, toldDays, marks }: ExposureGiven): Chart | undefined {
  const told = days.flatMap(({ day, devices }) => (devices === undefined ? [] : [{ day, devices }]));
  const [first, last] = [told[0], told.at(-1)];
  if (first === undefined || last === undefined || told.length < 2) return undefined;
  const worst = told.reduce((most, one) => (one.devices > most.devices ? one : most), first);
  const names = days.map(({ day }) => day);
  const marked = marks.map(({ day, label }) => `${label} on ${day}`).join(', ');
  return {
    title,
    alt: `${number(deviceDays)} device-days in ${toldDays} days, from ${first.day} to ${last.day}; the most on ${worst.day}, ${number(worst.devices)}; on the last day ${number(last.devices)}.${marked === '' ? '' : ` Marked, as what fixes it came: ${marked}.`}`,
    svg: drawBoth(
      (width) => ({
        ...dayAxes(names, { rows: marks.length > 0 ? 1 : 0 }),
        series: [
          {
            ...{ type: 'line', step: 'end', showSymbol: false, silent: true, connectNulls: false },
            data: days.map(({ devices }) => devices ?? null),
            lineStyle: { width: 2, color: 'var(--broken)' },
            itemStyle: { color: 'var(--broken)' },
            areaStyle: { color: 'var(--broken)', opacity: 0.2 },
            ...(marks.length > 0 ? { markLine: markLines(marks, names, width) } : {}),
          },
        ],
      }),
      SIZE,
    ),
    head: ['day', 'devices exposed'],
    rows: days.map(({ day, devices }) => ({ cells: [day, devices === undefined ? 'not known' : number(devices)] })),
  };
}
