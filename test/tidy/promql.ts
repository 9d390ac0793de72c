/**
 * As much of PromQL as can be judged without Prometheus: brackets and strings that close, names that are known, labels that
 * metrics have, values that labels can have, rates of what only grows. Not its grammar.
 */

export interface KnownMetric {
  type: string;
  /** What each label can say; undefined where that is no closed set. */
  labels: Readonly<Record<string, readonly string[] | undefined>>;
}

const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?(?:e\d+)?(?:ms|[smhdwy])?|\$__rate_interval|[a-zA-Z_:][a-zA-Z0-9_:]*|=~|!~|!=|==|>=|<=|[-+*/%^<>=(){}[\],]/y;
const KEYWORDS = ['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'offset'];
const LABEL_LISTS = ['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
const OF_COUNTERS = ['rate', 'increase', 'irate'];
const FUNCTIONS = [...OF_COUNTERS, 'sum', 'max', 'min', 'avg', 'count', 'sort_desc', 'histogram_quantile', 'time', 'vector'];
/** What Prometheus adds to every series it scrapes. */
const OF_TARGETS = ['instance', 'job'];
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** What is wrong with it; nothing, as far as it can be told. */
export function problemsOf(expression: string, metrics: ReadonlyMap<string, KnownMetric>): string[] {
  const tokens = tokensOf(expression);
  if (typeof tokens === 'string') return [tokens];
  const problems: string[] = [];
  const open: string[] = [];
  const labels = new Set([...OF_TARGETS, 'le', ...[...metrics.values()].flatMap((metric) => Object.keys(metric.labels))]);
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as string;
    if (token in CLOSING) open.push(CLOSING[token] as string);
    if (Object.values(CLOSING).includes(token) && open.pop() !== token) return [...problems, `"${token}" closes nothing`];
    if (!/^[a-zA-Z_:]/.test(token)) continue;
    if (LABEL_LISTS.includes(token) && tokens[at + 1] === '(') {
      const end = tokens.indexOf(')', at);
      for (const label of tokens.slice(at + 2, end))
        if (label !== ',' && !labels.has(label)) problems.push(`${token} (${label}): no metric has that label`);
      at = end;
    } else if (FUNCTIONS.includes(token)) {
      if (tokens[at + 1] !== '(' && !LABEL_LISTS.includes(tokens[at + 1] ?? '')) problems.push(`${token} is not called`);
    } else if (!KEYWORDS.includes(token)) {
      const metric = metricOf(token, metrics);
      if (metric === undefined) problems.push(`there is no metric ${token}`);
      else {
        const isRate = OF_COUNTERS.includes(tokens[at - 2] ?? '');
        if (isRate !== (metric.type === 'counter'))
          problems.push(`${token}: a rate is of what only grows, and of that nothing else is said`);
        if (tokens[at + 1] === '{') {
          const end = tokens.indexOf('}', at);
          problems.push(...matcherProblems(token, metric, tokens.slice(at + 2, end)));
          at = end;
        }
      }
    }
  }
  return open.length > 0 ? [...problems, `"${open.at(-1)}" is missing`] : problems;
}

/** Names of metrics in it. */
export function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\b(ratchet|process|nodejs)_\w+/g)].map(([name]) => name);
}

function tokensOf(expression: string): string[] | string {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const from = TOKEN.lastIndex;
    const [token] = TOKEN.exec(expression) ?? [];
    if (token === undefined) return `not understood from "${expression.slice(from, from + 20)}" on`;
    if (token.trim() !== '') tokens.push(token);
  }
  return tokens;
}

/** Parts of a histogram are counters, and its buckets have a label more. */
function metricOf(name: string, metrics: ReadonlyMap<string, KnownMetric>): KnownMetric | undefined {
  const known = metrics.get(name);
  if (known !== undefined) return known.type === 'histogram' ? undefined : known;
  const histogram = metrics.get(name.replace(/_(bucket|sum|count)$/, ''));
  return histogram?.type === 'histogram' ? { type: 'counter', labels: { ...histogram.labels, le: undefined } } : undefined;
}

function matcherProblems(name: string, { labels }: KnownMetric, tokens: readonly string[]): string[] {
  const problems: string[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [label = '', operator = '', quoted = '', comma = ','] = tokens.slice(at, at + 4);
    if (!['=', '!=', '=~', '!~'].includes(operator) || !quoted.startsWith('"') || comma !== ',') return [`${name}: no matcher at ${label}`];
    const value = JSON.parse(quoted) as string;
    if (OF_TARGETS.includes(label)) continue;
    if (!(label in labels)) problems.push(`${name} has no label ${label}`);
    const values = labels[label];
    if (values === undefined || value.startsWith('$')) continue;
    for (const one of operator.endsWith('~') ? value.split('|') : [value]) {
      const isThere = operator.endsWith('~') ? values.some((each) => new RegExp(`^(?:${one})$`).test(each)) : values.includes(one);
      if (!isThere) problems.push(`${name}: ${label} is never ${one}`);
    }
  }
  return problems;
}
