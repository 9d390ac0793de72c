import type { EChartsOption } from 'echarts';
import * as echarts from 'echarts';
import type { ReplayAnswer, ReplayRun } from '../replay/answer.ts';
import { DAY_MS } from '../time/local.ts';
import { dayOf } from './replay-text.ts';

/** One chart with the table of what it shows. */
export interface Chart {
  title: string;
  /** What is to be seen, in a sentence: for who does not see it. */
  alt: string;
  light: string;
  dark: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

interface Line {
  name: string;
  values: readonly number[];
}

const WIDTH = 960;
const HEIGHT = 340;
/** Without names in quotes: echarts writes it into an attribute as it is. */
const FONT = 'system-ui, -apple-system, sans-serif';
/** Told apart without colours too: the second and third are dashed. */
const THEMES = {
  light: { text: '#1f2328', muted: '#59636e', grid: '#d1d9e0', lines: ['#0a5cd6', '#bc4c00', '#1a7f37', '#8250df'] },
  dark: { text: '#e6edf3', muted: '#9198a1', grid: '#3d444d', lines: ['#6cb6ff', '#ff9b5e', '#57d364', '#d2a8ff'] },
} as const;
const DASHES = ['solid', 'dashed', 'dotted', 'dashed'] as const;

/** Weeks beside the exposure under each rule, and what they add up to. */
export function exposureChart(answer: ReplayAnswer, what: 'all' | 'exploited' | 'overdue', title: string): Chart | undefined {
  const given = linesOf(answer, what);
  if (given === undefined) return undefined;
  const weeks = Math.max(...given.map(({ values }) => values.length));
  // Nothing more was counted after the last week that has a number.
  const lines = given.map(({ name, values }) => ({ name, values: Array.from({ length: weeks }, (_, week) => values[week] ?? 0) }));
  const labels = Array.from({ length: weeks }, (_, week) => dayOf(answer.from + week * 7 * DAY_MS));
  const sums = lines.map(({ name, values }) => `${name} ${values.reduce((sum, value) => sum + value, 0).toLocaleString('en')}`);
  return {
    title,
    alt: `${title}, by week from ${labels[0]} to ${labels.at(-1)}. In all: ${sums.join('; ')} device-days.`,
    light: lineChart(labels, lines, 'light'),
    dark: lineChart(labels, lines, 'dark'),
    head: ['week of', ...lines.map(({ name }) => name)],
    rows: labels.map((label, week) => [label, ...lines.map(({ values }) => String(values[week] ?? 0))]),
  };
}

function linesOf(answer: ReplayAnswer, what: 'all' | 'exploited' | 'overdue'): Line[] | undefined {
  const { compare } = answer;
  const own = answer.exposure[what];
  const naive = answer.naive.exposure[what];
  if (own === undefined || naive === undefined) return undefined;
  const other = compare?.exposure[what];
  return [
    { name: compare ? answer.policies : 'Ratchet', values: own.weeks },
    { name: 'newest + days', values: naive.weeks },
    ...(compare && other ? [{ name: compare.policies, values: other.weeks }] : []),
  ];
}

/** Days to 50, 90 and 99 % of the releases that were new for most devices. */
export function releasesChart({ releases }: ReplayRun, shown: number): Chart | undefined {
  const largest = [...releases].sort((a, b) => b.devices - a.devices).slice(0, shown);
  const kept = releases.filter((one) => largest.includes(one) && one.daysTo.p50 !== null);
  if (kept.length === 0) return undefined;
  const labels = kept.map(({ release }) => release);
  const lines = (['p50', 'p90', 'p99'] as const).map((share) => ({
    name: `${share.slice(1)} %`,
    values: kept.map(({ daysTo }) => daysTo[share] ?? 0),
  }));
  return {
    title: 'Days until a release was on 50, 90 and 99 % of the devices',
    alt: `Days to 50, 90 and 99 % for ${kept.length} releases, from ${labels[0]} to ${labels.at(-1)}.`,
    light: barChart(labels, lines, 'light'),
    dark: barChart(labels, lines, 'dark'),
    head: ['release', ...lines.map(({ name }) => name)],
    rows: kept.map(({ release, daysTo }) => [
      release,
      ...[daysTo.p50, daysTo.p90, daysTo.p99].map((days) => (days === null ? '–' : `${days}`)),
    ]),
  };
}

function lineChart(labels: readonly string[], lines: readonly Line[], theme: keyof typeof THEMES): string {
  const colours = THEMES[theme];
  return render({
    ...frame(labels, lines, theme),
    series: lines.map(({ name, values }, index) => ({
      ...{ name, type: 'line' as const, data: [...values], showSymbol: false, silent: true },
      lineStyle: { width: 2, type: DASHES[index] ?? 'solid', color: colours.lines[index] },
      itemStyle: { color: colours.lines[index] },
    })),
  });
}

function barChart(labels: readonly string[], lines: readonly Line[], theme: keyof typeof THEMES): string {
  const colours = THEMES[theme];
  const { xAxis, ...rest } = frame(labels, lines, theme);
  return render({
    ...rest,
    grid: { left: 56, right: 16, top: 44, bottom: 84 },
    xAxis: { ...(xAxis as object), axisLabel: { color: colours.muted, fontFamily: FONT, rotate: 45, interval: 0, fontSize: 11 } },
    series: lines.map(({ name, values }, index) => ({
      ...{ name, type: 'bar' as const, data: [...values], barGap: '10%', silent: true },
      itemStyle: { color: colours.lines[index] },
    })),
  });
}

function frame(labels: readonly string[], lines: readonly Line[], theme: keyof typeof THEMES): EChartsOption {
  const { text, muted, grid } = THEMES[theme];
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: text },
    legend: {
      data: lines.map(({ name }) => name),
      top: 4,
      left: 48,
      selectedMode: false,
      textStyle: { color: text, fontFamily: FONT },
      itemWidth: 30,
    },
    grid: { left: 72, right: 20, top: 44, bottom: 36 },
    xAxis: {
      type: 'category',
      data: [...labels],
      axisLabel: { color: muted, fontFamily: FONT },
      axisLine: { lineStyle: { color: grid } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      axisLabel: { color: muted, fontFamily: FONT, formatter: (value: number) => value.toLocaleString('en') },
      splitLine: { lineStyle: { color: grid } },
    },
  };
}

/** Text only: no browser, no canvas. */
function render(option: EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption(option);
    // Its style is for a mouse that hovers: here nothing answers it, and in the dark it would turn text black.
    return chart.renderToSVGString().replace(/<style[\s\S]*?<\/style>/, '');
  } finally {
    chart.dispose();
  }
}
