import type { EChartsOption } from 'echarts';
import { GRID, MUTED } from './draw.ts';

/** What charts of devices by day have in common. */

export interface Mark {
  /** One of the chart's days. */
  day: string;
  label: string;
  kind: 'released' | 'due';
}

/** Room at the sides for the numbers of the axis, and for a label over the last day. */
const LEFT = 52;
const RIGHT = 30;
/** What a letter of a label takes, and the room between two labels. */
const LETTER_PX = 6.5;
const GAP_PX = 8;

/** Days below, devices at the left. `rows`: of labels above. */
export function dayAxes(days: readonly string[], { isBar = false, rows = 0 } = {}): EChartsOption {
  return {
    grid: { left: LEFT, right: isBar ? 8 : RIGHT, top: 20 + rows * 16, bottom: 26 },
    xAxis: {
      type: 'category',
      // The year is in the words and in the table.
      data: days.map((day) => day.slice(5)),
      boundaryGap: isBar,
      axisTick: { show: !isBar },
      axisLabel: { color: MUTED, hideOverlap: true },
      axisLine: { lineStyle: { color: GRID } },
    },
    yAxis: { type: 'value', minInterval: 1, splitNumber: 4, axisLabel: { color: MUTED }, splitLine: { lineStyle: { color: GRID } } },
  };
}

/** Lines at some days: releases with a label in the upper row, deadlines in the lower one. A label without room is left out. */
export function markLines(marks: readonly Mark[], days: readonly string[], width: number) {
  const perDay = (width - LEFT - RIGHT) / Math.max(1, days.length - 1);
  /** Where the last label of each row ends. */
  const endOf: Record<Mark['kind'], number> = { released: Number.NEGATIVE_INFINITY, due: Number.NEGATIVE_INFINITY };
  return {
    symbol: 'none',
    silent: true,
    data: marks.map(({ day, label, kind }) => {
      const index = days.indexOf(day);
      const at = index * perDay;
      const half = (label.length * LETTER_PX) / 2;
      const isShown = at - half >= endOf[kind] + GAP_PX;
      if (isShown) endOf[kind] = at + half;
      const colour = kind === 'due' ? 'var(--person)' : MUTED;
      return {
        xAxis: index,
        lineStyle: { color: colour, type: kind === 'due' ? ('solid' as const) : ('dashed' as const), width: 1.5 },
        label: { show: isShown, formatter: label, color: colour, position: 'end' as const, distance: kind === 'due' ? 3 : 18 },
      };
    }),
  };
}
