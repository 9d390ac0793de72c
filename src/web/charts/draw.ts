import type { EChartsOption } from 'echarts';
import * as echarts from 'echarts';

/** A chart for who sees it, in words for who does not, and as the table both may want. */
export interface Chart {
  title: string;
  /** What is to be seen, in a sentence or two. */
  alt: string;
  /** Markup of one <svg>; its colours are variables of the page's style sheet. */
  svg: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Names of the style sheet's variables; whoever adds a series adds a colour there. */
export const SERIES_MAX = 9;
export const TEXT = 'var(--text)';
export const MUTED = 'var(--muted)';
export const GRID = 'var(--line)';

export function colourOf(index: number): string {
  return `var(--s${Math.min(index, SERIES_MAX - 1)})`;
}

export interface Size {
  /** Pixels; it is drawn to that shape and scaled by the page. */
  width: number;
  height: number;
}

/** Draws without a browser. What echarts writes as style would be refused by the page's Content-Security-Policy. */
export function drawSvg(option: EChartsOption, { width, height }: Size): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return chart
      .renderToSVGString()
      .replace(/<style[\s\S]*?<\/style>/g, '')
      .replaceAll(/ style="[^"]*"/g, '')
      .replaceAll(/ class="[^"]*"/g, '')
      .replace(/^<svg width="\d+" height="\d+"/, '<svg class="chart" aria-hidden="true" focusable="false"');
  } finally {
    chart.dispose();
  }
}
