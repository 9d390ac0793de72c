/** Prometheus' text format 0.0.4, read strictly: https://prometheus.io/docs/instrumenting/exposition_formats/ */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  name: string;
  type: string;
  help: string;
  samples: Sample[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const PARTS: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'] };

/** Throws with the line that is wrong. */
export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let family: Family | undefined;
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment) {
      const [, what, name = '', said = ''] = comment;
      if (what === 'HELP') {
        if (families.has(name)) throw new Error(`twice: ${line}`);
        family = { name, type: '', help: said, samples: [] };
        families.set(name, family);
      } else if (family?.name !== name || family.type !== '') throw new Error(`out of place: ${line}`);
      else family.type = said;
      continue;
    }
    const sample = sampleOf(line);
    if (family === undefined || !isOf(family, sample.name)) throw new Error(`of no family: ${line}`);
    const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(identity)) throw new Error(`twice: ${line}`);
    seen.add(identity);
    family.samples.push(sample);
  }
  for (const each of families.values()) if (each.type === 'histogram') judgeHistogram(each);
  return families;
}

/** One value; undefined when there is no such line. */
export function valueAt(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  const wanted = Object.entries(labels).sort();
  return family?.samples.find(
    (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === JSON.stringify(wanted),
  )?.value;
}

function sampleOf(line: string): Sample {
  const [, name = '', labelled = '', told = ''] = SAMPLE.exec(line) ?? [];
  const value = told === '+Inf' ? Number.POSITIVE_INFINITY : Number(told);
  // prom-client writes "Nan" for what was not measured yet; Prometheus reads it in any case of letters.
  if (name === '' || told === '' || (Number.isNaN(value) && !/^nan$/i.test(told))) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < labelled.length; at = LABEL.lastIndex) {
    const found = LABEL.exec(labelled);
    if (found === null || labels[found[1] as string] !== undefined) throw new Error(`no labels: ${line}`);
    labels[found[1] as string] = (found[2] as string).replaceAll(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
  }
  return { name, labels, value };
}

function isOf({ name, type }: Family, sample: string): boolean {
  return (PARTS[type] ?? ['']).some((part) => sample === `${name}${part}`);
}

/** Of each combination of labels: buckets that only grow, the last one +Inf and as many as there are. */
function judgeHistogram({ name, samples }: Family): void {
  const byLabels = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    byLabels.set(key, [...(byLabels.get(key) ?? []), sample]);
  }
  for (const [labels, some] of byLabels) {
    const buckets = some.filter((sample) => sample.name === `${name}_bucket`);
    const grows = buckets.every(({ value }, index) => index === 0 || value >= (buckets[index - 1] as Sample).value);
    const count = some.find((sample) => sample.name === `${name}_count`)?.value;
    if (!grows || buckets.at(-1)?.labels.le !== '+Inf' || buckets.at(-1)?.value !== count)
      throw new Error(`no histogram: ${name} ${labels}`);
  }
}
