import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createSystemClock } from '../src/runtime/clock.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { HeldItem } from './bodies.ts';
import { startChild } from './child.ts';
import { drawDevices, ORIGINALS_MAX } from './devices.ts';
import type { LoadResult } from './http-load.ts';
import type { InsideResult } from './inside.ts';
import type { LoadTask, Prepared, RequestSet } from './load.ts';
import { type BenchReport, type Compared, type Offered, printTable } from './report.ts';
import { seedDatabase } from './seed.ts';
import type { Look, Ports, ServerTask } from './server.ts';

/**
 * `npm run bench`: how fast the hot paths are, beside bare Hono and bare SQLite in the same run. Absolute numbers are
 * the machine's; the ratios are Ratchet's. Offline, on 127.0.0.1 only. The load comes from a process of its own.
 */
const { quick, json } = new Command('bench')
  .option('--quick', 'a short run: fewer devices, one round')
  .option('--json', 'one JSON object instead of the table')
  .parse()
  .opts<{ quick?: boolean; json?: boolean }>();

const CONNECTIONS = 64;
const OFFERED_PER_SECOND = 5_000;
const originals = quick ? 250 : ORIGINALS_MAX;
const devices = 10_000;
const rounds = quick ? 1 : 3;
const seconds = quick ? 2 : 4;
const bodies = quick ? 10_000 : 20_000;

const start = Date.now();
// Beside the project, not in the system's folder for temporary files: that is often memory, where an fsync is free.
mkdirSync('.tmp', { recursive: true });
const folder = mkdtempSync(join('.tmp', 'bench-'));
const file = join(folder, 'ratchet.db');
try {
  say(`enrolling ${originals} devices, ${devices - originals} more as copies`);
  const fleet = drawDevices(originals, start);
  await seedDatabase(file, fleet, devices);
  const report = await measureAll(fleet.releases);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : printTable(report));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll(releases: string): Promise<BenchReport> {
  const held = await listHeld();
  const load = startChild('./load.ts');
  const bare = startChild('./server.ts');
  const ratchet = startChild('./server.ts');
  say('preparing the load');
  const prepared = await load.ask<Prepared>({ kind: 'prepare', start, originals, devices, bodies, held } satisfies LoadTask);
  const barePorts = await bare.ask<Ports>({ kind: 'bare' } satisfies ServerTask);
  const ports = await ratchet.ask<Ports>({ kind: 'ratchet', file, releases } satisfies ServerTask);
  const look = () => ratchet.ask<Look>({ kind: 'look' } satisfies ServerTask);

  function run(requests: RequestSet, port: number, rate?: number): Promise<LoadResult> {
    return load.ask({ kind: 'run', requests, port, connections: CONNECTIONS, seconds, ...(rate ? { rate } : {}) } satisfies LoadTask);
  }
  await run('bare-get', barePorts.main);

  async function compare(name: string, requests: RequestSet, port: number, bareRequests: RequestSet): Promise<Compared> {
    const pairs: { own: LoadResult; bare: LoadResult }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      say(`${name}, round ${round + 1}`);
      const bareResult = await run(bareRequests, barePorts.main);
      pairs.push({ bare: bareResult, own: await run(requests, port) });
      await untilFolded(look);
    }
    for (const { own } of pairs) expectAll200(name, own);
    return {
      perSecond: median(pairs.map(({ own }) => own.perSecond)),
      p50Ms: median(pairs.map(({ own }) => own.p50Ms)),
      p99Ms: median(pairs.map(({ own }) => own.p99Ms)),
      barePerSecond: median(pairs.map(({ bare }) => bare.perSecond)),
      ratio: median(pairs.map(({ own, bare }) => own.perSecond / bare.perSecond)),
    };
  }

  const tokens = await compare('tokens', 'tokens', ports.ddm, 'bare-get');
  const items = await compare('declaration-items', 'declaration-items', ports.ddm, 'bare-get');
  const status = await compare('status', 'status', ports.ddm, 'bare-put');
  const webhooks = await compare('webhooks', 'webhook', ports.main, 'bare-post');
  const offered = await measureOffered(run, look, ports.main, barePorts.main);
  const { rssMb } = await look();
  for (const child of [load, bare, ratchet]) await child.close();

  say('decide, reconcile, plan, SQLite');
  const insideChild = startChild('./inside.ts');
  const inside = await insideChild.ask<InsideResult>({ file, scratch: join(folder, 'bare.db'), seconds });
  await insideChild.close();
  return {
    schema: 'ratchet.bench/1',
    machine: { node: process.version, cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), loadAverage: loadavg()[0] ?? 0 },
    run: { devices, connections: CONNECTIONS, rounds, seconds, quick: quick ?? false, ...prepared },
    webhooks,
    offered,
    tokens,
    items,
    status,
    inside,
    rssMb,
  };
}

/** Open loop: latency counts from the moment a call was meant to be sent, while the reconciler folds what comes in. */
async function measureOffered(
  run: (requests: RequestSet, port: number, rate: number) => Promise<LoadResult>,
  look: () => Promise<Look>,
  port: number,
  barePort: number,
): Promise<Offered> {
  const results: Omit<Offered, 'rate'>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    say(`webhooks at ${OFFERED_PER_SECOND}/s, round ${round + 1}`);
    await untilFolded(look);
    const bare = await run('bare-post', barePort, OFFERED_PER_SECOND);
    const own = await run('webhook', port, OFFERED_PER_SECOND);
    expectAll200('webhooks at a rate', own);
    const { inbox } = await look();
    const answered = own.perSecond * seconds;
    results.push({
      perSecond: own.perSecond,
      foldedPerSecond: (own.perSecond * Math.max(0, answered - inbox)) / answered,
      p50Ms: own.p50Ms,
      p99Ms: own.p99Ms,
      maxMs: own.maxMs,
      bareP99Ms: bare.p99Ms,
    });
  }
  const of = (key: keyof Omit<Offered, 'rate'>) => median(results.map((result) => result[key]));
  return {
    rate: OFFERED_PER_SECOND,
    perSecond: of('perSecond'),
    foldedPerSecond: of('foldedPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    maxMs: of('maxMs'),
    bareP99Ms: of('bareP99Ms'),
  };
}

/** What the devices hold that have synced their declarations: those answered from a committed manifest. */
async function listHeld(): Promise<Map<string, HeldItem[]>> {
  const store = openSqliteStore({ file, clock: createSystemClock() });
  const held = new Map<string, HeldItem[]>();
  for (const { id } of await store.listEnrollments('', devices)) {
    const manifest = await store.findManifest(id);
    if (manifest?.isInvited && manifest.items.length > 0) held.set(id, manifest.items);
  }
  await store.close();
  return held;
}

async function untilFolded(look: () => Promise<Look>): Promise<void> {
  const until = performance.now() + 60_000;
  while ((await look()).inbox > 0) {
    if (performance.now() > until) throw new Error('events were not folded within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function expectAll200(name: string, { statuses }: LoadResult): void {
  const others = Object.keys(statuses).filter((status) => status !== '200');
  if (others.length > 0) throw new Error(`${name}: answers other than 200: ${JSON.stringify(statuses)}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function say(what: string): void {
  process.stderr.write(`${what}\n`);
}
