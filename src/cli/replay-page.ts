import type { ReplayAnswer, ReplayRun } from '../replay/answer.ts';
import { type Chart, exposureChart, releasesChart } from './replay-charts.ts';
import { dayOf, number } from './replay-text.ts';

const RELEASES_SHOWN = 24;

/** The report: one HTML page that needs nothing else, light and dark, every chart with its table. */
export function replayPage(answer: ReplayAnswer): string {
  const { compare, notes, policies, from, to, devices } = answer;
  const charts = [
    exposureChart(answer, 'all', 'Device-days below the newest release'),
    exposureChart(answer, 'exploited', 'Device-days without the fix of something exploited'),
    exposureChart(answer, 'overdue', 'Device-days past their date'),
    releasesChart(answer, RELEASES_SHOWN),
  ].filter((chart) => chart !== undefined);
  const title = `${policies}, ${dayOf(from)} to ${dayOf(to)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ratchet replay: ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="verb">ratchet replay</p>
<h1>${escaped(title)}</h1>
<p>${number(devices)} devices, ${number(answer.answers)} recorded answers of Apple${compare ? `, beside ${escaped(compare.policies)}` : ''}.</p>
</header>
<main>
${[answer, ...(compare ? [compare] : [])].map((run) => sums(run, compare !== undefined)).join('\n')}
${charts.map(figure).join('\n')}
${[answer, ...(compare ? [compare] : [])].map((run) => releasesTable(run, compare !== undefined)).join('\n')}
<section><h2>How to read this</h2><ul>${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ul></section>
</main>
</body>
</html>
`;
}

function sums(run: ReplayRun, isNamed: boolean): string {
  const { exposure, naive, broken } = run;
  const rows: [string, string, string][] = [
    ['dates set', number(run.linesSet), number(naive.datesSet)],
    ['dates moved later without a cause that is audited', number(run.deadlinesMovedLater), number(naive.datesMovedLater)],
    ['device-days below the newest release', number(exposure.all.deviceDays), number(naive.exposure.all.deviceDays)],
    ['device-days past their date', number(exposure.overdue.deviceDays), number(naive.exposure.overdue.deviceDays)],
    ['broken promises', number(run.brokenPromises), '–'],
  ];
  if (exposure.exploited && naive.exposure.exploited)
    rows.splice(3, 0, [
      'without the fix of something exploited',
      number(exposure.exploited.deviceDays),
      number(naive.exposure.exploited.deviceDays),
    ]);
  const list = broken.map(({ promise, device, detail }) => `<li>${escaped(`${promise}: ${device}: ${detail}`)}</li>`).join('');
  return `<section><h2>${isNamed ? escaped(run.policies) : 'In sum'}</h2>
${table(['', 'Ratchet', 'newest release + the same days'], rows)}
${laggardText(run)}${list === '' ? '' : `<ul>${list}</ul>`}</section>`;
}

function laggardText({ naive: { laggard } }: ReplayRun): string {
  if (laggard === undefined) return '';
  const { model, days, naiveMovedLater, naiveOverdueDays, ledgerOverdueDays } = laggard;
  return `<p>One ${escaped(model)} that never updates, 30 days: that rule moves its date ${naiveMovedLater} times, and it is overdue on ${naiveOverdueDays} of ${days} days; by the ledger on ${ledgerOverdueDays}.</p>`;
}

function figure({ title, alt, light, dark, head, rows }: Chart): string {
  return `<section><h2>${escaped(title)}</h2>
<figure role="img" aria-label="${escaped(alt)}"><div class="chart light">${light}</div><div class="chart dark">${dark}</div></figure>
<details><summary>As a table</summary>${table(head, rows)}</details></section>`;
}

function releasesTable({ releases, policies }: ReplayRun, isNamed: boolean): string {
  const rows = releases.map((one) => [
    `${one.release}${one.withdrawnAt === undefined ? '' : ` (taken back from some on ${dayOf(one.withdrawnAt)})`}`,
    dayOf(one.firstSeenAt),
    number(one.devices),
    number(one.lines),
    one.lastDate?.slice(0, 10) ?? '–',
    ...[one.daysTo.p50, one.daysTo.p90, one.daysTo.p99].map((days) => (days === null ? '–' : String(days))),
  ]);
  const rings = releases.map((one) => one.rings.map(({ ring, openedAt }) => `${ring} ${dayOf(openedAt)}`).join(', '));
  return `<section><h2>Releases${isNamed ? ` under ${escaped(policies)}` : ''}</h2>
${table(['release', 'first seen', 'devices', 'dates', 'last date', 'days to 50 %', '90 %', '99 %'], rows, rings)}</section>`;
}

/** `notes`: small print under the first cell of each row. */
function table(head: readonly string[], rows: readonly (readonly string[])[], notes: readonly string[] = []): string {
  const note = (text = '') => (text === '' ? '' : `<small>${escaped(text)}</small>`);
  const cells = ([first = '', ...row]: readonly string[], index: number) =>
    `<th scope="row">${escaped(first)}${note(notes[index])}</th>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}`;
  return `<div class="scroll"><table><thead><tr>${head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row, index) => `<tr>${cells(row, index)}</tr>`).join('\n')}</tbody></table></div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --muted: #59636e; --line: #d1d9e0; --back: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9198a1; --line: #3d444d; --back: #0d1117; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1040px; padding: 2rem 1.25rem 4rem; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
.verb { margin: 0; color: var(--muted); font-family: ui-monospace, monospace; }
figure { margin: 0; }
.chart svg { width: 100%; height: auto; display: block; }
.dark { display: none; }
@media (prefers-color-scheme: dark) { .light { display: none; } .dark { display: block; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th[scope=row], thead th:first-child { text-align: left; font-weight: 500; }
th[scope=row] { white-space: normal; min-width: 9rem; }
thead th { color: var(--muted); font-weight: 500; }
th small { display: block; min-width: 11rem; white-space: normal; color: var(--muted); font-weight: 400; }
details { margin-top: .5rem; }
summary { cursor: pointer; color: var(--muted); }
@media print { .dark { display: none; } .light { display: block; } }
`;
