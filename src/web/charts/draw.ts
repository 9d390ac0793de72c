import type { EChartsOption } from 'echarts';
import * as echarts from 'echarts';

/** A chart for who sees it, in words for who does not, and as the table both may want. */
export interface Chart {
  title: string;
  /** What is to be seen, in some sentences. */
  alt: string;
  /** Markup of one <svg> for wide screens and one for narrow ones; their colours are variables of the page's style sheet. */
  svg: { wide: string; slim: string };
  /** What each colour is, the first series first; absent where there is one only. */
  legend?: readonly string[];
  head: readonly string[];
  rows: readonly ChartRow[];
}

export interface ChartRow {
  cells: readonly string[];
  /** Where what it counts is listed. */
  href?: string;
}

/** Names of the style sheet's variables; whoever adds a series adds a colour there. */
export const SERIES_MAX = 9;
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

/** The width of a panel on a phone of 390 pixels: there a chart for wide screens would be too small to read. */
const SLIM: Size = { width: 330, height: 240 };

/** Draws it for wide screens and for narrow ones. `optionOf` is told the width it has. */
export function drawBoth(optionOf: (width: number) => EChartsOption, wide: Size): Chart['svg'] {
  return { wide: drawSvg(optionOf(wide.width), wide, 'wide'), slim: drawSvg(optionOf(SLIM.width), SLIM, 'slim') };
}

/** Draws without a browser. What echarts writes as style would be refused by the page's Content-Security-Policy. */
function drawSvg(option: EChartsOption, { width, height }: Size, shape: 'wide' | 'slim'): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return chart
      .renderToSVGString()
      .replace(/<style[\s\S]*?<\/style>/g, '')
      .replaceAll(/ style="[^"]*"/g, '')
      .replaceAll(/ class="[^"]*"/g, '')
      .replace(/^<svg width="\d+" height="\d+"/, `<svg class="chart ${shape}" aria-hidden="true" focusable="false"`);
  } finally {
    chart.dispose();
  }
}
