import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ALERT_KIND_NAMES } from '../../src/engine/alerting/kinds.ts';
import { METRIC_NAMES, METRICS, type MetricSpec, NONE, OTHER, UNKNOWN } from '../../src/engine/metrics/metrics-table.ts';
import { PolicyFile } from '../../src/policy/policy-file.ts';
import { REASON_NAMES } from '../../src/reasons/reasons.ts';
import { meterProcess } from '../../src/runtime/process-metrics.ts';
import { textOf } from './files.ts';
import { type KnownMetric, metricsIn, problemsOf } from './promql.ts';

/** examples/monitoring speaks of what /metrics tells, and of nothing else. */

const FOLDER = 'examples/monitoring';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { h: number; w: number; x: number; y: number };
  targets?: { refId: string; expr: string }[];
}

const rules = (parse(textOf(`${FOLDER}/alerts.yaml`)) as { groups: { name: string; rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const board = JSON.parse(textOf(`${FOLDER}/grafana.json`)) as {
  panels: Panel[];
  templating: { list: { name: string; type: string; definition?: string }[] };
};
const shown = board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

const alertKinds: readonly string[] = ALERT_KIND_NAMES;

const known = new Map<string, KnownMetric>([['up', { type: 'gauge', labels: {} }]]);
for (const name of METRIC_NAMES) {
  const { type, labels }: MetricSpec = METRICS[name];
  const closed = Object.entries(labels).map(([label, values]) => [label, typeof values === 'string' ? undefined : values]);
  known.set(name, { type, labels: Object.fromEntries(closed) });
}
known.set('ratchet_devices', { type: 'gauge', labels: { ...known.get('ratchet_devices')?.labels, reason: REASON_NAMES } });
known.set('ratchet_alerts', { type: 'gauge', labels: { kind: alertKinds } });
const registry = new Registry();
meterProcess(registry);
for (const metric of registry.getMetricsAsArray())
  known.set(metric.name, { type: String((metric as unknown as { type: string }).type), labels: {} });

describe('names and labels of metrics', () => {
  it.each(METRIC_NAMES)('%s follows the conventions of Prometheus', (name) => {
    const { type, help, labels, buckets }: MetricSpec = METRICS[name];
    expect(name).toMatch(/^ratchet(_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours)\b/);
    expect(help).toMatch(/^[A-Z0-9].*[^.]$/);
    // Prometheus has these for itself, and renames ours.
    for (const label of Object.keys(labels)) expect(['job', 'instance', 'le', 'quantile']).not.toContain(label);
    if (type === 'histogram') expect([...(buckets ?? [])].sort((a, b) => a - b)).toEqual(buckets);
  });

  it('have values for what has no name, which no policy can be called', () => {
    const isName = (name: string) =>
      PolicyFile.safeParse({ policies: [{ name, target: 'latest', due: { days: 14, at: '18:00' } }] }).success;
    expect(['staff', NONE, OTHER, UNKNOWN].map(isName)).toEqual([true, false, false, false]);
  });
});

describe('alerts.yaml', () => {
  it.each(rules)('$alert asks what can be answered', ({ expr }) => {
    expect(problemsOf(expr, known)).toEqual([]);
    expect(metricsIn(expr).length + Number(expr.startsWith('up'))).toBeGreaterThan(0);
  });

  it.each(rules)('$alert says what is wrong and what to do', ({ alert, for: lasting, labels, annotations }) => {
    expect(alert).toMatch(/^Ratchet([A-Z][a-z]+)+$/);
    if (lasting !== undefined) expect(lasting).toMatch(/^\d+[smhd]$/);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/^.{20,}\.$/);
    expect(annotations.description).toMatch(/^.{40,}[.)]$/);
    for (const text of Object.values(annotations))
      for (const [hole] of text.matchAll(/\{\{.*?\}\}/g))
        expect(hole).toMatch(/^\{\{ \$(labels\.[a-z]+|value( \| humanize(Duration|Percentage)?)?) \}\}$/);
  });

  it('has each alert once', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

describe('grafana.json', () => {
  it.each(shown)('"$title" asks what can be answered: $expr', ({ expr }) => {
    expect(problemsOf(expr, known)).toEqual([]);
    expect(expr).toContain('instance=~"$instance"');
  });

  it('explains every panel, and none lies over another', () => {
    expect(board.panels.filter(({ type, description }) => type !== 'row' && !description).map(({ title }) => title)).toEqual([]);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const overlaps = board.panels.flatMap((one, index) =>
      board.panels
        .slice(index + 1)
        .filter(
          ({ gridPos: other }) =>
            one.gridPos.x < other.x + other.w &&
            other.x < one.gridPos.x + one.gridPos.w &&
            one.gridPos.y < other.y + other.h &&
            other.y < one.gridPos.y + one.gridPos.h,
        ),
    );
    expect(overlaps).toEqual([]);
  });

  it('fills its variables from metrics with these labels', () => {
    for (const { name, type, definition = '' } of board.templating.list.filter((each) => each.type === 'query')) {
      const [, metric = '', label] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
      expect([name, type, known.has(metric)]).toEqual([label, 'query', true]);
    }
  });

  it('shows nearly all that there is', () => {
    const used = new Set(
      [...shown, ...rules].flatMap(({ expr }) => metricsIn(expr)).map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    const unused = METRIC_NAMES.filter((name) => !used.has(name) && name !== 'ratchet_info');
    expect(unused).toEqual(['ratchet_paused_policies', 'ratchet_feed_reads_total', 'ratchet_job_next_timestamp_seconds']);
  });
});

describe('prometheus.yaml', () => {
  it('asks this path with a token from a file, under the name that the rules know', () => {
    const [scrape] = (parse(textOf(`${FOLDER}/prometheus.yaml`)) as { scrape_configs: Record<string, unknown>[] }).scrape_configs;
    expect(scrape).toMatchObject({
      job_name: 'ratchet',
      metrics_path: '/metrics',
      authorization: { type: 'Bearer', credentials_file: '/etc/prometheus/ratchet.token' },
    });
    expect(textOf('docs/operations.md')).toContain('--role metrics > /etc/prometheus/ratchet.token');
  });
});

describe('what judges expressions', () => {
  it.each([
    ['sum by (instance (ratchet_devices)', /no metric has that label|missing/],
    ['sum(ratchet_devices', /missing/],
    ['ratchet_devices)', /closes nothing/],
    ['ratchet_device > 0', /there is no metric ratchet_device/],
    ['ratchet_devices{reason="tired"}', /reason is never tired/],
    ['ratchet_devices{reason=~"overdue|tired"}', /reason is never tired/],
    ['ratchet_devices{colour="red"}', /has no label colour/],
    ['ratchet_devices{reason}', /no matcher/],
    ['sum by (colour) (ratchet_devices)', /no metric has that label/],
    ['rate(ratchet_devices[5m])', /only grows/],
    ['ratchet_missed_dates_total > 3', /only grows/],
    ['ratchet_time_to_verified_seconds > 3', /there is no metric/],
    ['ratchet_devices & 3', /not understood/],
    ['increase(ratchet_missed_dates_total[1d', /missing/],
    ['ratchet_alerts{kind="host-unreached"} > 0', /kind is never host-unreached/],
  ])('notices %s', (expression, problem) => {
    expect(problemsOf(expression, known).join('; ')).toMatch(problem);
  });
});
