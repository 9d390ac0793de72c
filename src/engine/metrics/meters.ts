import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type LabelsOf, METRIC_NAMES, METRICS, type MetricSpec, type NameOf } from './metrics-table.ts';

export interface Reading<Name extends NameOf<'gauge'>> {
  labels: LabelsOf<Name>;
  value: number;
}

/** The metrics of one app. Several live in one process of tests, so nothing of it is global. */
export interface Meters {
  registry: Registry;
  /** In place of all it said before. */
  set<Name extends NameOf<'gauge'>>(name: Name, readings: Iterable<Reading<Name>>): void;
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

export function createMeters(): Meters {
  const registry = new Registry();
  const gauges = new Map<string, Gauge>();
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  for (const name of METRIC_NAMES) {
    const { type, help, labels, buckets }: MetricSpec = METRICS[name];
    const common = { name, help: `${help}.`, labelNames: Object.keys(labels), registers: [registry] };
    // What has not happened yet is 0: a series that begins at 1 shows no increase.
    if (type === 'gauge') gauges.set(name, new Gauge(common));
    else if (type === 'histogram') {
      const histogram = new Histogram({ ...common, buckets: [...(buckets ?? [])] });
      histograms.set(name, histogram);
      for (const labelled of combinationsOf(labels)) histogram.zero(labelled);
    } else {
      const counter = new Counter(common);
      counters.set(name, counter);
      for (const labelled of combinationsOf(labels)) counter.inc(labelled, 0);
    }
  }
  return {
    registry,
    set(name, readings) {
      const gauge = gauges.get(name) as Gauge;
      gauge.reset();
      // Without labels a reset leaves a 0 behind.
      if (Object.keys(METRICS[name].labels).length === 0) gauge.remove();
      for (const { labels, value } of readings) gauge.set(labels, value);
    },
    count: (name, labels, by = 1) => (counters.get(name) as Counter).inc(labels, by),
    observe: (name, labels, value) => (histograms.get(name) as Histogram).observe(labels, value),
  };
}

/** Where every label is a closed set. */
function combinationsOf(labels: MetricSpec['labels']): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values === 'string') return [];
    all = all.flatMap((before) => values.map((value) => ({ ...before, [label]: value })));
  }
  return all;
}
