import type { Chart } from './draw.ts';

/** One for each platform and each other chart of the fleet page, of two or three days' numbers. */
const KEPT_MAX = 32;

type Draw<Given> = (title: string, given: Given) => Chart | undefined;

/**
 * Draws the same numbers once. A chart takes 20 ms of processor in its two shapes and changes once a day, while the page with
 * six of them may be read every few seconds. `given` is plain data.
 */
export function remembered<Given>(draw: Draw<Given>): Draw<Given> {
  /** Asked for last, last. */
  const kept = new Map<string, Chart | undefined>();
  return (title, given) => {
    const key = JSON.stringify([title, given]);
    const chart = kept.has(key) ? kept.get(key) : draw(title, given);
    kept.delete(key);
    kept.set(key, chart);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
    return chart;
  };
}
