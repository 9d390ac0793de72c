import type { InsideResult } from './inside.ts';

/** Requests at 64 connections, as fast as they are answered, beside bare Hono with a body of the same size. */
export interface Compared {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  barePerSecond: number;
  /** Processor time of the server per request, its background work included. */
  cpuMicros: number;
  bareCpuMicros: number;
  /** Median over the rounds of ours / bare, each taken one right after the other. */
  ratio: number;
}

export interface Offered {
  /** Webhooks meant to be sent per second. */
  rate: number;
  perSecond: number;
  /** Events folded and committed by the reconciler meanwhile. */
  foldedPerSecond: number;
  /** Processor time of the server per webhook, folding included. */
  cpuMicros: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  bareP99Ms: number;
}

/** What `--json` prints. */
export interface BenchReport {
  schema: 'ratchet.bench/1';
  machine: { node: string; cpu: string; cores: number; loadAverage: number };
  run: { devices: number; connections: number; rounds: number; seconds: number; quick: boolean; webhookBytes: number; statusBytes: number };
  webhooks: Compared;
  offered: Offered;
  tokens: Compared;
  items: Compared;
  status: Compared;
  inside: InsideResult;
  /** Resident memory of the server after the webhooks. */
  rssMb: number;
}

export function printTable({ machine, run, webhooks, offered, tokens, items, status, inside, rssMb }: BenchReport): string {
  const rows: [string, string, string][] = [
    ['webhooks committed/s', whole(webhooks.perSecond), `${beside(webhooks, 'POST')}`],
    ['  p50 / p99', `${ms(webhooks.p50Ms)} / ${ms(webhooks.p99Ms)}`, `${run.connections} connections, closed loop`],
    [
      `webhooks at ${whole(offered.rate)}/s`,
      `${whole(offered.perSecond)}/s`,
      `${whole(offered.foldedPerSecond)} events/s folded meanwhile; ${whole(offered.cpuMicros)} µs of processor for a webhook and its folding`,
    ],
    [
      '  p50 / p99 / max',
      `${ms(offered.p50Ms)} / ${ms(offered.p99Ms)} / ${ms(offered.maxMs)}`,
      `from the moment meant to be sent; p99 of bare Hono ${ms(offered.bareP99Ms)}`,
    ],
    ['tokens/s', whole(tokens.perSecond), `${beside(tokens, 'GET')}`],
    ['declaration-items/s', whole(items.perSecond), `${beside(items, 'GET')}`],
    ['status/s', whole(status.perSecond), `${beside(status, 'PUT')}`],
    ['decide/s', whole(inside.decidePerSecond), `pure; ${whole(inside.decideCpuMicros)} µs of processor`],
    ['reconcile/s', whole(inside.reconcilePerSecond), `load, fold, decide, commit; ${whole(inside.reconcileCpuMicros)} µs of processor`],
    ['plan', `${inside.planSeconds.toFixed(2)} s`, `${whole(inside.planDevices)} devices`],
    [
      'bare SQLite rows/s',
      whole(inside.sqlitePerSecond),
      `64 rows a transaction; webhooks are ${(webhooks.perSecond / inside.sqlitePerSecond).toFixed(2)} of it`,
    ],
    ['resident memory', `${rssMb} MB`, 'the server, after the webhooks'],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map(([name, value, beside]) => `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${beside}`);
  return [
    `${run.devices} devices, webhooks of ${run.webhookBytes} bytes, status reports of ${run.statusBytes}; medians of ${run.rounds} × ${run.seconds} s`,
    `${machine.cores} × ${machine.cpu}, Node ${machine.node}, load ${machine.loadAverage.toFixed(1)}`,
    '',
    ...lines,
    '',
  ].join('\n');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function beside({ ratio, barePerSecond, cpuMicros, bareCpuMicros }: Compared, method: string): string {
  return `${ratio.toFixed(2)} of bare Hono ${method} (${whole(barePerSecond)}/s); ${whole(cpuMicros)} µs of processor, bare ${whole(bareCpuMicros)}`;
}
